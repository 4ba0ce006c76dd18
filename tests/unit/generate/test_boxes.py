"""Places in a model's words."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rap_engine.generate.boxes import parse_box, without_padding
from rap_engine.types import Box


@pytest.mark.parametrize(
    "words",
    [
        "[0.57, 0.67, 0.68, 0.84]",
        " [0.57,0.67,0.68,0.84]\n",
        "[ .57 , 0.67 , .68 , 0.84 ]",
        "Biscuit is at [0.57, 0.67, 0.68, 0.84].",
    ],
)
def test_four_numbers_in_one_bracket_are_a_box(words: str) -> None:
    assert parse_box(words) == Box(0.57, 0.67, 0.68, 0.84)


def test_a_whole_photo_may_be_pointed_to() -> None:
    assert parse_box("[0, 0, 1, 1]") == Box.whole()


@pytest.mark.parametrize(
    "words",
    [
        "",
        "on the left",
        "0.57, 0.67, 0.68, 0.84",
        "(0.57, 0.67, 0.68, 0.84)",
        "[0.57, 0.67, 0.68]",
        "[0.57, 0.67, 0.68, 0.84, 0.9]",
        "[0.57, 0.67, 0.68, 0.84",
        "[0.57; 0.67; 0.68; 0.84]",
        "[-0.57, 0.67, 0.68, 0.84]",
        "[57, 67, 68, 84]",
        "[0.57, 0.67, 0.68, 1.01]",
        "[0.68, 0.67, 0.57, 0.84]",
        "[0.57, 0.84, 0.68, 0.67]",
        "[0.57, 0.67, 0.57, 0.84]",
        "[nan, 0.67, 0.68, 0.84]",
        "[0.57, 0.67, 0.68, 1e-1]",
        "[\u0660.\u0661, 0.67, 0.68, 0.84]",
        "[0.1, 0.1, 0.2, 0.2] [0.57, 0.67, 0.68, 0.84]",
        "[[0.1, 0.1, 0.2, 0.2], [0.57, 0.67, 0.68, 0.84]]",
        "[1] [0.57, 0.67, 0.68, 0.84]",
        "I do not see Biscuit at [0.57, 0.67, 0.68, 0.84].",
        "Biscuit isn't in [0.57, 0.67, 0.68, 0.84].",
        "Biscuit isn\u2019t in [0.57, 0.67, 0.68, 0.84].",
    ],
)
def test_anything_else_is_none(words: str) -> None:
    assert parse_box(words) is None


@given(words=st.text(alphabet="[]0123456789., -abno", max_size=60))
def test_no_words_break_it(words: str) -> None:
    box = parse_box(words)
    assert box is None or box.area > 0


@pytest.mark.parametrize("words", ["[" + "1" * 30_000, "[" * 10_000 + "0.1" * 10_000])
def test_long_words_are_read_at_once(words: str) -> None:
    begin = time.process_time()
    assert parse_box(words) is None
    assert time.process_time() - begin < 1.0


def test_a_wide_photos_box_loses_the_stripes_above_and_below() -> None:
    box = without_padding(Box(0.25, 0.25, 0.75, 0.75), width=200, height=100)
    assert box == Box(0.25, 0.0, 0.75, 1.0)


def test_a_tall_photos_box_loses_the_stripes_beside_it() -> None:
    box = without_padding(Box(0.4, 0.1, 0.6, 0.3), width=100, height=200)
    assert box is not None
    assert box.as_tuple() == pytest.approx((0.3, 0.1, 0.7, 0.3))


def test_a_square_photo_has_no_padding() -> None:
    assert without_padding(Box(0.25, 0.5, 0.75, 1.0), 64, 64) == Box(0.25, 0.5, 0.75, 1.0)


def test_a_box_that_reaches_into_the_padding_ends_at_the_photo() -> None:
    box = without_padding(Box(0.1, 0.0, 0.2, 0.5), width=200, height=100)
    assert box == Box(0.1, 0.0, 0.2, 0.5)


def test_a_box_in_the_padding_alone_is_none() -> None:
    assert without_padding(Box(0.1, 0.0, 0.2, 0.2), width=200, height=100) is None
