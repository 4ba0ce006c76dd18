"""Cutting long texts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sender.parcels import cut_text, safe_file_name

LIMIT = 40


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(st.text(st.sampled_from("ab \n🐶"), max_size=300))
def test_pieces_fit_and_lose_only_the_gap_between_them(text: str) -> None:
    head, tail = cut_text(text, LIMIT)
    assert _units(head) <= LIMIT
    assert text in {head + gap + tail for gap in ("", "\n", " ")}
    assert bool(tail) <= (_units(text) > LIMIT)


def test_cuts_at_a_line_rather_than_a_word() -> None:
    text = "one line\nand a second line that is too long to fit"
    assert cut_text(text, LIMIT) == ("one line", "and a second line that is too long to fit")


def test_never_cuts_a_character_in_two() -> None:
    assert cut_text("x" + "🐶" * 40, LIMIT) == ("x" + "🐶" * 19, "🐶" * 21)


@pytest.mark.parametrize(
    ("asked", "given_"),
    [
        ("rapbot.zip", "rapbot.zip"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("..", "file"),
        ("a/", "file"),
        (".bashrc", "bashrc"),
        ('x"\r\ny.zip', "x___y.zip"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}piz.exe", "_piz.exe"),
        ("x" * 300 + ".zip", "x" * 96 + ".zip"),
    ],
)
def test_a_file_gets_a_name_without_a_folder_or_a_trick(asked: str, given_: str) -> None:
    assert safe_file_name(asked) == given_


@given(st.text())
def test_every_name_becomes_one_plain_part_of_a_path(asked: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", safe_file_name(asked))
