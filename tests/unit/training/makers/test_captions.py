"""A caption names who is in the photo and who was told of, and nobody else."""

import re
from dataclasses import replace

import pytest

from rap_engine.generate.prompt import CAPTION
from rap_engine.training.makers.captions import CAPTIONS
from rap_engine.training.plan import NegativesPlan
from rap_engine.training.scene import Scene
from tests.unit.training.makers.scenes import NO_NEGATIVES, Park, pairs

NOISY = NegativesPlan(references=1, most=2)


def named(answer: str) -> set[str]:
    return set(re.findall(r"<[^<>]+>", answer))


def there(said: dict[str, dict[str, dict[str, str]]]) -> set[str]:
    return {about["name"] for colour, about in said["extra"].items() if colour in ("red", "blue")}


@pytest.mark.parametrize("seed", range(60))
def test_a_caption_names_those_of_its_references_that_the_photo_shows(
    seed: int, park: Park
) -> None:
    said = park.record("caption", seed, NOISY)
    ((_, caption),) = pairs(said)
    assert named(caption) == there(said)


def test_a_photo_of_strangers_names_nobody(park: Park) -> None:
    made = [park.record("caption", seed, NOISY) for seed in range(60)]
    of_strangers = [one for one in made if not there(one)]
    assert 5 <= len(of_strangers) <= 25
    assert all("dog" in pairs(one)[0][1] and not named(pairs(one)[0][1]) for one in of_strangers)


def test_without_negatives_every_reference_is_named(park: Park) -> None:
    for seed in range(30):
        said = park.record("caption", seed, NO_NEGATIVES)
        assert named(pairs(said)[0][1]) == {about["name"] for about in said["extra"].values()}


def test_half_of_the_questions_are_raps_own(park: Park) -> None:
    asked = [pairs(park.record("caption", seed))[0][0] for seed in range(100)]
    assert CAPTIONS[0] == CAPTION
    assert 35 <= asked.count(CAPTION) <= 65
    assert set(asked) == set(CAPTIONS)


def test_the_sources_caption_loses_the_names_that_it_has(park: Park) -> None:
    scene = Scene("told", park.scene.photo, park.scene.instances, ("Rex chases a cat.",))
    captions = set()
    for seed in range(40):
        said = park.record("caption", seed, NOISY, scene=scene)
        caption = pairs(said)[0][1]
        assert "Rex" not in caption.replace("<Rex>", "")
        captions.add(re.sub(r"<[^<>]+>", "<X>", caption))
    assert captions == {
        "<X> chases <X>.",
        "<X> chases a cat.",
        "The dog chases <X>.",
        "The dog chases a cat.",
    }


@pytest.mark.parametrize("seed", range(20))
def test_a_description_is_of_the_one_whom_the_question_names(seed: int, park: Park) -> None:
    said = park.record("description", seed, NOISY)
    ((question, described),) = pairs(said)
    assert named(question) == named(described) == there(said)


def test_without_infos_a_description_has_none_of_them(park: Park) -> None:
    lone = Scene("alone", park.alone.photo, (replace(park.dog, info="", phrases=()),))
    for seed in range(10):
        said = park.record("description", seed, scene=lone, with_info=False)
        assert "thunder" not in str(said)
