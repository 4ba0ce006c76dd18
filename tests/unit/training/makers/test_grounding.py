"""Where somebody is."""

from dataclasses import replace

import pytest
from PIL import Image

from rap_engine.generate import GenerationRequest
from rap_engine.generate.boxes import parse_box, without_padding
from rap_engine.generate.conversation import rap_conversation
from rap_engine.training.makers.grounding import QUESTIONS, in_square, make_grounding
from rap_engine.training.plan import NegativesPlan
from rap_engine.training.scene import Scene
from rap_engine.types import Box, Reference, Region
from tests.unit.training.makers.scenes import LEFT, RIGHT, Park, pairs

PLACES = {"red": "[0.10, 0.25, 0.40, 0.75]", "blue": "[0.60, 0.20, 0.90, 0.70]"}


def test_the_first_question_is_the_one_that_the_engine_asks() -> None:
    photo = Image.new("RGB", (64, 64))
    reference = Reference(1, "Biscuit", "", "dog", "Biscuit", b"", None)
    request = GenerationRequest("Where?", photo, (Region.whole(),), ())
    asked = rap_conversation(request, seeks="Biscuit")[-1].content[-1]
    assert asked == QUESTIONS[0].format(name="Biscuit")
    assert reference.name in QUESTIONS[1].format(name="Biscuit")


@pytest.mark.parametrize("seed", range(30))
def test_each_box_is_of_whom_the_question_names(seed: int, park: Park) -> None:
    said = park.record("grounding", seed, NegativesPlan(references=1))
    colours = {about["name"]: colour for colour, about in said["extra"].items()}
    for question, answer in pairs(said):
        (name,) = (name for name in colours if name in question)
        assert answer == PLACES[colours[name]]


def test_noise_changes_no_answer(park: Park) -> None:
    noisy = NegativesPlan(references=1, most=2)
    answers = {
        pairs(park.record("grounding", seed, noisy, scene=park.alone))[0][1] for seed in range(20)
    }
    assert answers == {PLACES["red"]}


def test_two_of_a_photo_are_asked_for_one_after_the_other_at_times(park: Park) -> None:
    counts = [len(pairs(park.record("grounding", seed))) for seed in range(40)]
    assert set(counts) == {1, 2}


def test_whoever_fills_the_photo_has_no_place_worth_asking_for(park: Park) -> None:
    filling = replace(park.dog, box=Box.whole())
    scene = Scene("close", park.scene.photo, (filling,))
    assert make_grounding(park.stage(1, scene=scene)) is None


def test_where_a_detector_found_somebody_is_not_asked_for(park: Park) -> None:
    scene = Scene("found", park.scene.photo, (replace(park.dog, is_detected=True),))
    assert make_grounding(park.stage(1, scene=scene)) is None


def test_a_sliver_that_two_decimals_cannot_tell_is_not_asked_for(park: Park) -> None:
    sliver = replace(park.dog, box=Box(0.301, 0.0, 0.304, 0.9))
    scene = Scene("sliver", park.scene.photo, (sliver,))
    assert make_grounding(park.stage(1, scene=scene)) is None


def test_a_model_that_sees_a_padded_square_gets_its_boxes_there(park: Park) -> None:
    said = park.record("grounding", 1, scene=park.alone, boxes_are_padded=True)
    box = parse_box(pairs(said)[0][1])
    assert box == Box(0.1, 0.31, 0.4, 0.69)
    assert box is not None
    back = without_padding(box, 400, 300)
    assert back is not None
    assert back.iou(LEFT) > 0.98


@pytest.mark.parametrize(("width", "height"), [(400, 300), (300, 400), (301, 400), (100, 100)])
def test_padding_and_taking_it_off_again_is_nothing(width: int, height: int) -> None:
    back = without_padding(in_square(RIGHT, width, height), width, height)
    assert back is not None
    assert back.as_tuple() == pytest.approx(RIGHT.as_tuple())
