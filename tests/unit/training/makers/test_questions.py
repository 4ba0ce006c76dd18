"""Questions about infos and photos."""

import re

import pytest

from rap_engine.evaluation.told import BLANK, DERIVED, LETTERS
from rap_engine.training.makers.questions import make_question
from rap_engine.training.plan import NegativesPlan
from rap_engine.training.scene import Scene
from tests.unit.training.makers.scenes import Park, pairs

NOISY = NegativesPlan(references=1, most=2)


def test_two_of_five_are_asked_without_a_photo(park: Park) -> None:
    made = [park.record("question", seed) for seed in range(100)]
    assert 28 <= sum("image" not in one for one in made) <= 52
    assert all(
        one["conversations"][0]["value"].startswith("<image>\n") is ("image" in one) for one in made
    )


@pytest.mark.parametrize("seed", range(40))
def test_an_answer_about_an_info_stands_in_that_info(seed: int, park: Park) -> None:
    said = park.record("question", seed, NOISY)
    infos = {about["name"]: about["info"] for about in said["extra"].values()}
    for question, answer in pairs(said):
        if question.endswith("afraid of?"):
            name = question.removeprefix("What is ").removesuffix(" afraid of?")
            told = "afraid of" in infos[name]
            assert told is (" is afraid of " in answer)
            assert not told or answer.split("afraid of ")[1] in infos[name]


@pytest.mark.parametrize("seed", range(80))
def test_the_letter_of_a_choice_is_of_the_right_option(seed: int, park: Park) -> None:
    said = park.record("question", seed, NOISY)
    question, letter = pairs(said)[0]
    asked = re.match(r"Question: Which of these (?:fits|did I say of) <(.*)>\?$", question, re.M)
    if asked is None:
        return
    lines = question.splitlines()
    options = {line[0]: line[3:] for line in lines if line[1:3] == ". " and line[0] in LETTERS}
    infos = {about["name"]: about["info"] for about in said["extra"].values()}
    assert options[letter].replace(BLANK, asked[1]) == infos[f"<{asked[1]}>"]


def test_no_record_asks_in_the_words_that_are_measured_with(park: Park) -> None:
    said = " ".join(str(park.record("question", seed, NOISY)) for seed in range(80))
    assert "Which of these" in said
    assert DERIVED.partition("{")[0] not in said


def test_there_are_choices_with_and_without_a_photo(park: Park) -> None:
    made = [park.record("question", seed, NOISY) for seed in range(60)]
    choices = [one for one in made if "Options:\nA. " in pairs(one)[0][0]]
    assert {"image" in one for one in choices} == {True, False}


def test_without_infos_only_what_can_be_seen_is_asked(park: Park) -> None:
    for seed in range(30):
        said = park.record("question", seed, NOISY, with_info=False)
        assert {about["info"] for about in said["extra"].values()} == {""}
        assert said["image"] == "park.jpg"
        for question, _ in pairs(said):
            assert question.startswith(("What is <", "On which side", "What else"))


def test_a_stage_without_anybody_asks_nothing(park: Park) -> None:
    assert make_question(park.stage(1, scene=Scene("e", park.scene.photo, ()))) is None
