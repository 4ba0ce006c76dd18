"""A model's text becomes what can be stored, sent and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rap_engine.generate.words import CUT_OFF, LONGEST, told, told_so_far
from tests.unit.generate.evidence import concept

BISCUIT = (concept("Biscuit"),)
TEXTS = st.text(
    alphabet=st.sampled_from("ab <>\n\t\r\x00\x85\u200b\ufe0f\ud83d\udc15\U0001f415")
    | st.characters(),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (" One.\n\tTwo. ", "One.\n\tTwo."),
        ("One.\r\nTwo.", "One.\nTwo."),
        ("Hi\x00there\x1b\x7f\x9f", "Hithere"),
        ("Hi \ud83d", "Hi"),
        ("Hi \ud83d\udc15", "Hi \U0001f415"),
        ("\udc15\ud83dHi", "Hi"),
        ("<Bis\x00cuit> and <Rex>", "Biscuit and <Rex>"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("\u2764\ufe0f", "\u2764\ufe0f"),
    ],
)
def test_what_cannot_be_stored_is_left_out(text: str, read: str) -> None:
    assert told(text, BISCUIT) == read


@pytest.mark.parametrize(
    "text",
    ["", " \n", "\u200b", "\ufeff\u2060", "\u2800\u3164", "\x00\x07", "\ud83d", "\u202e\n\u200d"],
)
def test_what_nobody_can_see_is_nothing(text: str) -> None:
    assert told(text, BISCUIT) == told_so_far(text, BISCUIT) == ""


def test_a_long_text_is_cut_behind_a_word() -> None:
    read = told("word " * 5_000, BISCUIT)
    assert LONGEST - 10 < len(read) <= LONGEST + len(CUT_OFF)
    assert read.endswith("word" + CUT_OFF)


def test_a_word_without_end_is_cut_in_its_midst() -> None:
    assert told("x" * 30_000_000, BISCUIT) == "x" * LONGEST + CUT_OFF


def test_a_text_that_is_just_short_enough_is_whole() -> None:
    text = "x" * LONGEST
    assert told(text, BISCUIT) == text


@given(text=TEXTS)
def test_all_that_is_told_can_be_stored(text: str) -> None:
    read = told(text, BISCUIT)
    assert read.encode("utf-8").decode("utf-8") == read
    assert "\x00" not in read


@given(text=TEXTS, filler=st.sampled_from([0, LONGEST - 150, LONGEST - 20]), end=st.integers(0, 60))
def test_what_was_told_so_far_is_how_the_whole_begins(text: str, filler: int, end: int) -> None:
    text = "x" * filler + text
    whole = told(text, BISCUIT)
    assert whole.startswith(told_so_far(text[: filler + end], BISCUIT))
