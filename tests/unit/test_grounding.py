"""Two opinions of a place, and which of them is drawn."""

import io

import pytest
from PIL import Image

from rap_engine.generate import Generated, LocatedName
from rap_engine.grounding import settle_places
from rap_engine.types import Box, Match, Reference, Region
from tests.integration.engine.colours import Colours

LEFT, RIGHT = Box(0.0, 0.1, 0.3, 0.9), Box(0.7, 0.1, 1.0, 0.9)


def _jpeg(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture
def photo() -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", (200, 100), "grey")
    picture.paste("red", (0, 0, 80, 100))
    picture.paste("blue", (120, 0, 200, 100))
    return picture


def _reference(matched: Region | None) -> Reference:
    match = Match(matched, 1, 1, 0.9) if matched else None
    return Reference(1, "Rex", "", "dog", "", _jpeg("red"), match)


def _pointed(box: Box) -> Generated:
    return Generated("somewhere", (LocatedName("Rex", box, 1, is_pointed=True),))


def _settled(photo: Image.Image, pointed: Box, matched: Region | None) -> Generated:
    return settle_places(photo, _pointed(pointed), [_reference(matched)], Colours())


def test_the_place_that_looks_like_the_concept_is_drawn_the_models(photo: Image.Image) -> None:
    settled = _settled(photo, LEFT, Region(RIGHT, "dog", 0.9))
    assert [(place.box, place.is_pointed) for place in settled.boxes] == [(LEFT, True)]
    assert settled.text == "Rex is on the left. (The model points there.)"


def test_the_place_that_looks_like_the_concept_is_drawn_the_detectors(photo: Image.Image) -> None:
    settled = _settled(photo, RIGHT, Region(LEFT, "dog", 0.9))
    assert [(place.box, place.is_pointed) for place in settled.boxes] == [(LEFT, False)]
    assert settled.text.startswith("Rex is on the left. (This matches better")


def test_two_opinions_of_one_place_agree(photo: Image.Image) -> None:
    nearly = Box(0.02, 0.1, 0.31, 0.9)
    settled = _settled(photo, nearly, Region(LEFT, "dog", 0.9))
    assert settled.boxes[0].box == LEFT
    assert settled.text == "Rex is on the left. (The model points there too.)"


@pytest.mark.parametrize("matched", [None, Region.whole()])
def test_without_a_region_the_models_place_stands(
    photo: Image.Image, matched: Region | None
) -> None:
    settled = _settled(photo, RIGHT, matched)
    assert settled.boxes[0].box == RIGHT
    assert settled.text == "Rex is on the right. (The model points there.)"


def test_an_answer_in_which_nothing_was_pointed_at_stays(photo: Image.Image) -> None:
    generated = Generated("Rex is there.", (LocatedName("Rex", LEFT, 1),))
    assert settle_places(photo, generated, [_reference(None)], Colours()) is generated
