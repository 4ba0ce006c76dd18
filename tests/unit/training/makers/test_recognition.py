"""Yes and no, and who it is."""

from dataclasses import replace

import pytest
from PIL import Image

from rap_engine.generate.prompt import IS_THERE_IN_A_WORD, same_prompt
from rap_engine.generate.protocol import Pair
from rap_engine.images import to_jpeg
from rap_engine.training.makers.recognition import (
    QUESTIONS,
    WHO,
    make_recognition,
)
from rap_engine.training.plan import NegativesPlan
from rap_engine.training.scene import Scene
from rap_engine.types import Reference
from tests.unit.training.makers.scenes import NO_NEGATIVES, Park, pairs

IN_THE_PHOTO = {"red", "blue"}
HALF = NegativesPlan(references=0.5, questions=0.5)


def test_the_engine_asks_a_verifier_in_these_words() -> None:
    picture = Image.new("RGB", (64, 64))
    reference = Reference(1, "Biscuit", "", "dog", "Biscuit", to_jpeg(picture), None)
    assert same_prompt(Pair(picture, reference))[-1] == IS_THERE_IN_A_WORD.format(name="<Biscuit>")


def test_the_bots_users_ask_so() -> None:
    assert "Is {name} in this photo?" in QUESTIONS
    assert "Who is this?" in WHO


@pytest.mark.parametrize("seed", range(60))
def test_each_answer_is_what_the_pixels_say(seed: int, park: Park) -> None:
    said = park.record("recognition", seed, HALF)
    colours = {about["name"]: colour for colour, about in said["extra"].items()}
    shown = {said["image"]} if said["image"] in IN_THE_PHOTO else IN_THE_PHOTO
    there = {name for name, colour in colours.items() if colour in shown}
    for question, answer in pairs(said):
        if question in WHO:
            named = {name for name in colours if name in answer}
            assert named == there
        else:
            (name,) = (name for name in colours if name in question)
            assert answer.startswith("Yes" if name in there else "No")


@pytest.mark.parametrize("seed", range(60))
def test_no_question_is_asked_twice(seed: int, park: Park) -> None:
    asked = [
        question
        for question, _ in pairs(park.record("recognition", seed, NO_NEGATIVES, scene=park.alone))
    ]
    assert len(set(asked)) == len(asked)


def answers(park: Park, plan: NegativesPlan, seeds: range, **more: object) -> list[str]:
    return [
        answer
        for seed in seeds
        for question, answer in pairs(park.record("recognition", seed, plan, **more))
        if question not in WHO
    ]


@pytest.mark.parametrize(
    ("share", "least", "most"),
    [(0.0, 0.0, 0.0), (0.3, 0.25, 0.35), (0.5, 0.45, 0.55), (1.0, 1.0, 1.0)],
)
def test_the_share_of_no_is_the_plans(share: float, least: float, most: float, park: Park) -> None:
    said = answers(park, NegativesPlan(references=0, questions=share), range(400))
    noes = sum(answer.startswith("No") for answer in said)
    assert least <= noes / len(said) <= most


def test_it_is_the_plans_also_where_a_photo_shows_one_alone(park: Park) -> None:
    said = answers(park, NegativesPlan(references=0, questions=0.5), range(400), scene=park.alone)
    noes = sum(answer.startswith("No") for answer in said)
    assert 0.45 <= noes / len(said) <= 0.55


def test_an_answer_does_not_follow_from_the_one_before_it(park: Park) -> None:
    plan = NegativesPlan(references=0, questions=0.5)
    records = [
        pairs(park.record("recognition", seed, plan, scene=park.alone)) for seed in range(500)
    ]
    said = [[answer[:2] == "No" for _, answer in one] for one in records if len(one) > 1]
    alike = sum(one[0] == one[1] for one in said)
    assert 0.42 <= alike / len(said) <= 0.58


def test_a_crop_is_asked_about_too_and_compared_with_another_photo(park: Park) -> None:
    made = [park.record("recognition", seed) for seed in range(60)]
    of_crops = [one for one in made if one["image"] in IN_THE_PHOTO]
    assert 5 <= len(of_crops) <= 30
    for one in of_crops:
        assert set(one["extra"]) == {one["image"]}


def test_somebody_who_is_in_one_photo_alone_is_not_compared_with_the_very_same_crop(
    park: Park,
) -> None:
    unknown = replace(park.dog, identity=None)
    scene = Scene("once", park.alone.photo, (unknown,))
    images = {park.record("recognition", seed, scene=scene)["image"] for seed in range(60)}
    assert images == {"alone.jpg"}


@pytest.mark.parametrize("most", [1, 2, 3])
def test_references_are_never_more_than_the_model_takes(most: int, park: Park) -> None:
    plan = NegativesPlan(references=1, most=8)
    counts = {
        len(park.record("recognition", seed, plan, most_references=most)["extra"])
        for seed in range(80)
    }
    assert max(counts) == most


def test_a_photo_of_nobody_has_nothing_to_recognise(park: Park) -> None:
    assert make_recognition(park.stage(1, scene=Scene("empty", park.scene.photo, ()))) is None
