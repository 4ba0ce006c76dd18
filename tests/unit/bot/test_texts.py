"""The catalogue of messages."""

import re
import string
from pathlib import Path

import pytest
from telegram.constants import BotCommandLimit, CallbackQueryLimit, MessageLimit

import bot
from bot.menus import FOR_ADMINS, IN_GROUPS
from bot.texts import catalogue_for, codes
from rap_engine.concept_text import TextFault
from workers.jobs.values import Content

ROOT = Path(bot.__file__).parents[1]
FROM_WORKERS = (
    "remembered",
    "view_added",
    "name_taken",
    "unknown_concept",
    "sorry_failed",
    "sorry_timeout",
    "upload_gone",
    "weights",
    *(
        f"bad_photo.{reason}"
        for reason in (
            "not_a_photo",
            "broken",
            "too_small",
            "too_large",
            "animation",
            "too_many_bytes",
        )
    ),
)


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("code", codes())
def test_every_message_can_be_said(code: str) -> None:
    texts = catalogue_for()
    said = texts.say(code, **dict.fromkeys(_fields(texts.messages[code]), "{x} <b>"))
    assert 0 < len(said) <= MessageLimit.MAX_TEXT_LENGTH


@pytest.mark.parametrize("code", FROM_WORKERS)
def test_what_workers_say_has_words(code: str) -> None:
    content = Content(notice=code, params={"name": "Biscuit"})
    assert catalogue_for().render(content)


def test_every_code_in_the_handlers_has_words() -> None:
    said = re.compile(r"(?:say|put_in_place)\(\s*\"([a-z_.]+)\"")
    sources = [path.read_text() for path in (ROOT / "bot").rglob("*.py")]
    used = {code for source in sources for code in said.findall(source)}
    assert used
    assert used <= set(codes())


def test_every_reason_for_refusing_a_text_has_words() -> None:
    assert {f"bad_name.{fault}" for fault in TextFault} <= set(codes())
    assert "bad_info.too_long" in codes()


def test_the_menu_fits_telegram() -> None:
    for name in {*FOR_ADMINS, *IN_GROUPS}:
        assert len(catalogue_for().say(f"command.{name}")) <= BotCommandLimit.MAX_DESCRIPTION


@pytest.mark.parametrize("code", ["button_gone", "undo_too_late", "sorry_failed"])
def test_notes_on_taps_fit_telegram(code: str) -> None:
    limit = CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH
    assert len(catalogue_for().say(code)) <= limit


@pytest.mark.parametrize("language", ["en", "en-GB", "tlh", ""])
def test_an_unknown_language_is_english(language: str) -> None:
    assert catalogue_for(language).say("cancelled") == "Cancelled."


def test_data_is_never_read_as_a_template() -> None:
    content = Content(notice="forgotten", params={"name": "{0} {name} %s"})
    assert catalogue_for().render(content) == "I forgot {0} {name} %s."
