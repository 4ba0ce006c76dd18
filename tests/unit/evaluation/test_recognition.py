"""Says yes when somebody is there, and no when not."""

import math
from pathlib import Path

import pytest

from rap_engine.evaluation.asker import Asker
from rap_engine.evaluation.evaluation_set import EvaluationSet
from rap_engine.evaluation.gallery import look
from rap_engine.evaluation.recognition import auc, says_yes, trials_of
from rap_engine.evaluation.variants import Variant
from rap_engine.generate import ComposedGenerator
from rap_engine.generate.prompt import Picture, rap_prompt, same_prompt
from tests.unit.evaluation.generators import Broken, Looks, Says
from tests.unit.evaluation.sets import LUNA, REX, exam_of, profile_of, write_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_set(tmp_path / "set")


@pytest.mark.parametrize(
    ("words", "positive", "negative", "unclear"),
    [("Yes, there.", 1.0, 0.0, 0), ("No.", 0.0, 1.0, 0), ("A lovely day.", 0.0, 0.0, 12)],
)
def test_who_always_says_the_same_is_at_chance_or_below(
    folder: Path, words: str, positive: float, negative: float, unclear: int
) -> None:
    figures = exam_of(Says(words), folder).measure().recognition
    assert (figures.positive, figures.negative) == (positive, negative)
    assert figures.mean == (positive + negative) / 2
    assert (figures.positives, figures.negatives) == (4, 8)
    assert figures.unclear == unclear
    assert figures.auc is None


def test_who_looks_is_right_and_parts_all_photos(folder: Path) -> None:
    figures = exam_of(Looks(), folder).measure().recognition
    assert (figures.positive, figures.negative, figures.mean, figures.auc) == (1, 1, 1, 1)
    assert figures.mistakes == ()


def test_the_composed_generator_is_asked_as_people_ask(folder: Path) -> None:
    figures = exam_of(ComposedGenerator(), folder).measure().recognition
    assert (figures.positive, figures.negative, figures.unclear) == (1.0, 1.0, 0)


def test_log_odds_that_are_no_numbers_are_told(folder: Path) -> None:
    figures = exam_of(Broken(), folder).measure().recognition
    assert figures.auc is not None
    assert math.isnan(figures.auc)
    assert figures.not_numbers == 12
    assert figures.to_json()["auc"] is None


def test_each_wrong_answer_is_listed(tmp_path: Path) -> None:
    folder = write_set(tmp_path, queries={"blue.jpg": [REX]}, strangers={})
    mistakes = exam_of(Looks(), folder).measure().recognition.mistakes
    assert {(m.photo, m.concept, m.is_there, m.said) for m in mistakes} == {
        ("blue.jpg", REX, True, "No."),
        ("blue.jpg", LUNA, False, "Yes."),
    }


def test_wrong_concepts_are_the_nearest_and_one_that_the_seed_draws(tmp_path: Path) -> None:
    colours = {"a": "red", "b": "darkorange", "c": "blue", "d": "lime", "e": "magenta"}
    concepts = {
        f"<{name}>": {"name": name, "image": f"{name}0.jpg", "info": "", "category": "dog"}
        for name in colours
    }
    folder = write_set(
        tmp_path,
        concepts=concepts,
        avatars={f"{name}0.jpg": colour for name, colour in colours.items()},
        queries={"crimson.jpg": ["<a>"]},
        strangers={"mediumblue.jpg": []},
    )
    asked = EvaluationSet.in_folder(folder)
    gallery = look(profile_of(Looks()), asked.dataset, asked.photos, lambda _: None)
    drawn = set()
    for seed in range(20):
        trials = trials_of(gallery, asked.dataset, seed)
        found = [(t.photo.stem, gallery.concepts[t.concept_id].told.name) for t in trials]
        assert [found[0], found[1], *found[3:]] == [
            ("crimson", "a"),
            ("crimson", "b"),
            ("mediumblue", "c"),
            ("mediumblue", "e"),
        ]
        assert [trial.is_there for trial in trials] == [True, False, False, False, False]
        assert trials_of(gallery, asked.dataset, seed) == trials
        drawn.add(found[2][1])
    assert drawn == {"c", "d", "e"}


def test_words_and_log_odds_are_of_one_prompt(folder: Path) -> None:
    asked = EvaluationSet.in_folder(folder)
    gallery = look(profile_of(Looks()), asked.dataset, asked.photos, lambda _: None)
    asker, photo = Asker(gallery, Variant.FULL, 2, 0), asked.photos[0]
    words = rap_prompt(asker.recognition(photo, 1, Looks()))
    pair = same_prompt(asker.pair(photo, 1))
    assert [each for each in words if isinstance(each, str)] == [
        each for each in pair if isinstance(each, str)
    ]
    assert [each.image.tobytes() for each in words if isinstance(each, Picture)] == [
        each.image.tobytes() for each in pair if isinstance(each, Picture)
    ]


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("Yes, this is Rex.", True),
        ("**no**", False),
        ("I think yes, not no.", True),
        ("Nobody knows.", None),
        ("", None),
    ],
)
def test_the_first_yes_or_no_counts(words: str, heard: bool | None) -> None:
    assert says_yes(words) is heard


@pytest.mark.parametrize(
    ("scores", "kinds", "expected"),
    [
        ([2.0, 1.0, 0.0], [True, True, False], 1.0),
        ([0.0, 1.0, 2.0, 3.0], [True, False, True, False], 0.25),
        ([1.0, 1.0], [True, False], 0.5),
        ([math.inf, -math.inf], [True, False], 1.0),
        ([1.0, 2.0], [True, True], None),
    ],
)
def test_auc_is_the_chance_of_a_right_order(
    scores: list[float], kinds: list[bool], expected: float | None
) -> None:
    assert auc(scores, kinds) == expected
