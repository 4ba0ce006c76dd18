"""Families speak through codes that are put together: each has words."""

import pytest
from telegram.constants import CallbackQueryLimit, InlineKeyboardButtonLimit

from bot.handlers import buttons, families
from bot.handlers.buttons import Action
from bot.texts import catalogue_for, codes
from rap_engine.memory.tables import ACTIONS, INVITED_ROLES, ROLES

_TEXTS = catalogue_for()
_TOKEN = "Aa0_-" * 6 + "Aa"
_LARGEST_ID = 2**63 - 1


def test_every_change_and_every_role_has_words() -> None:
    assert {f"change.{action}" for action in ACTIONS} <= set(codes())
    assert {f"role.{role}" for role in ROLES} <= set(codes())
    assert {f"may.{role}" for role in INVITED_ROLES} <= set(codes())
    assert {f"letter_became_{role}" for role in INVITED_ROLES} <= set(codes())


@pytest.mark.parametrize(
    "code",
    [
        *("not_a_member", "list_gone", "invite_gone", "concept_gone", "nowhere_else"),
        *("owner_cannot_leave", "name_taken_there", "may_not_change"),
        *codes("family_limit."),
    ],
)
def test_notes_on_taps_of_families_fit_telegram(code: str) -> None:
    said = _TEXTS.say(code, name="x" * 20, title="x" * 20)
    assert len(said) <= CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH


@pytest.mark.parametrize("name", [*families.TAPS, *families.WHOLE_TAPS])
def test_the_data_of_each_button_fits_telegram_and_is_read_as_it_was_written(name: str) -> None:
    if name == buttons.JOIN:
        button, action = buttons.token_button(name, _TOKEN), Action(name, token=_TOKEN)
    elif name in families.WHOLE_TAPS:
        button = buttons.button(name, _LARGEST_ID, _LARGEST_ID)
        action = Action(name, _LARGEST_ID, _LARGEST_ID)
    else:
        button, action = buttons.button(name, _LARGEST_ID), Action(name, _LARGEST_ID)
    assert buttons.read(button.data) == action
    assert len(button.data.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA


@pytest.mark.parametrize(
    "data",
    [
        "move:1",
        "move:1:",
        "move::1",
        "move:1:2:3",
        "move:1:x",
        f"move:1:{_LARGEST_ID + 1}",
        "leave:1:2",
        "join:",
        "join:a b",
        "join:a:b",
        "join:" + "a" * 60,
    ],
)
def test_what_no_button_of_families_says_is_nothing(data: str) -> None:
    assert buttons.read(data) is None
