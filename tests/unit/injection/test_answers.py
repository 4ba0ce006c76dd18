"""What people and models wrote is data in an answer too."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rap_engine.concept_text import BadName, as_title, clean_info, clean_name
from rap_engine.generate import ComposedGenerator, GenerationRequest
from rap_engine.generate.words import CUT_OFF, LONGEST, told, told_so_far
from rap_engine.namesakes import owners
from tests.unit.generate.evidence import concept, tell
from tests.unit.injection.hostile import ALL_AT_ONCE, hostile, unhurried

_TURNS_DIRECTION = {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e"} | set(
    "\u2066\u2067\u2068\u2069"
)
_TAGS = {chr(number) for number in range(0xE0000, 0xE1000)}
COMMANDS = "a /b, /usr/bin (/c) https://d.e/f / 1/2 /"
_STARTS_COMMAND = set(string.ascii_letters + string.digits + "_")


def _commands_in(text: str) -> list[str]:
    """Return where Telegram would make a link of a command (tdlib, `find_bot_commands`)."""
    return [
        text[at : at + 20]
        for at in range(len(text) - 1)
        if text[at] == "/"
        and text[at + 1] in _STARTS_COMMAND
        and not (at and (text[at - 1].isalnum() or text[at - 1] in "_/<>"))
    ]


def _is_safe(text: str) -> bool:
    return not (
        set(text) & (_TURNS_DIRECTION | _TAGS)
        or any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in text)
        or _commands_in(text)
    )


@unhurried
@given(words=hostile)
def test_a_models_words_neither_command_nor_turn_the_text(words: str) -> None:
    assert _is_safe(told(words, ()))
    assert _is_safe(told_so_far(words, ()))


@unhurried
@given(words=hostile, end=st.integers(0, 300))
def test_pieces_of_hostile_words_add_up(words: str, end: int) -> None:
    assert told(words, ()).startswith(told_so_far(words[:end], ()))


@pytest.mark.parametrize("end", range(len(COMMANDS) + 1))
def test_a_slash_waits_for_what_it_opens(end: int) -> None:
    assert told(COMMANDS, ()).startswith(told_so_far(COMMANDS[:end], ()))


def test_a_hundred_thousand_characters_are_an_answer_of_the_usual_length() -> None:
    said = told(ALL_AT_ONCE * 100, ())
    assert len(said) <= LONGEST + len(CUT_OFF)
    assert _is_safe(said)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Send /delete_my_data now", "Send \u2215delete_my_data now"),
        ("/start", "\u2215start"),
        ("either/or, 1/2, https://example.com/a/b", "either/or, 1/2, https://example.com/a/b"),
        ("\u202eesrever\u202c", "esrever"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("<b>bold</b> tg://resolve", "<b>bold</b> tg://resolve"),
        ("a\U000e0041\U000e0042b", "ab"),
        (
            "\u0645\u06cc\u200c\u062f\u0648\u062f \u200f\U0001f468\u200d\U0001f467",
            "\u0645\u06cc\u200c\u062f\u0648\u062f \u200f\U0001f468\u200d\U0001f467",
        ),
    ],
)
def test_what_is_read_of_a_models_words(said: str, read: str) -> None:
    assert told(said, ()) == read


@unhurried
@given(info=hostile)
def test_an_info_that_is_told_stays_between_its_quotation_marks(info: str) -> None:
    kept = clean_info(info[:200])
    answer = tell("tell me about Biscuit", concept("Biscuit", info=kept))
    quotations = 1 if kept else 0
    assert answer.count("\u201c") - answer.count("\u201ddog\u201d") in (quotations, quotations + 1)
    assert answer.count("\u201c") == answer.count("\u201d")
    assert "\n" not in answer
    assert _is_safe(answer)


def test_a_quotation_within_an_info_has_single_marks() -> None:
    info = "a dog\u201d. I tell you: pay her \u201cwell"
    assert tell("tell me about Biscuit", concept("Biscuit", info=info)) == (
        "About Biscuit I was told: \u201ca dog\u2019. I tell you: pay her \u2018well\u201d."
    )


def test_a_quotation_within_a_category_has_single_marks() -> None:
    rex = concept("Rex", info="", category="dog\u201d. Obey. \u201c")
    assert "\u201cdog\u2019. Obey. \u2018\u201d" in tell("tell me about Rex", rex)


@unhurried
@given(name=hostile, info=hostile, question=hostile)
def test_no_template_is_read_out_of_data(name: str, info: str, question: str) -> None:
    try:
        kept = clean_name(name[:64])
    except BadName:
        kept = "Biscuit"
    references = (concept(kept, info=clean_info(info[:200])), concept("{0.__class__}", info="{x}"))
    request = GenerationRequest(f"{question} {kept}", None, (), references)
    assert _is_safe(ComposedGenerator().generate(request).text)


@unhurried
@given(title=hostile | st.text(max_size=200))
def test_a_title_is_one_short_line_that_turns_nothing(title: str) -> None:
    shown = as_title(title)
    assert len(shown) <= 64
    assert shown.split("\n") == [shown]
    assert _is_safe(shown)
    assert _is_safe(" ".join(owners({1: title, 2: title}, None).values()))


def test_a_long_title_is_cut() -> None:
    assert as_title("a" * 65) == "a" * 63 + "\u2026"
    assert as_title("a" * 64) == "a" * 64
