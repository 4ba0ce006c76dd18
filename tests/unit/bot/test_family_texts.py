"""Families speak through codes that are put together: each has words."""

import pytest
from telegram.constants import CallbackQueryLimit, InlineKeyboardButtonLimit

from bot.handlers import buttons
from bot.handlers.buttons import Action, Arity
from bot.handlers.registry import TAPS
from bot.handlers.specs import TapSpec
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


@pytest.mark.parametrize("spec", TAPS.values(), ids=lambda spec: spec.name)
def test_the_data_of_each_button_fits_telegram_and_is_read_as_it_was_written(spec: TapSpec) -> None:
    match spec.arity:
        case Arity.BEARER:
            button = buttons.token_button(spec.name, _TOKEN)
            action = Action(spec.name, token=_TOKEN)
        case Arity.PAIR:
            button = buttons.button(spec.name, _LARGEST_ID, _LARGEST_ID)
            action = Action(spec.name, _LARGEST_ID, _LARGEST_ID)
        case Arity.ID:
            button = buttons.button(spec.name, _LARGEST_ID)
            action = Action(spec.name, _LARGEST_ID)
    assert buttons.read(button.data, spec.arity) == action
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
    assert buttons.read(data, TAPS[buttons.name_of(data)].arity) is None
