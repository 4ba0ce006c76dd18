"""Whose rights a handler runs with: the person's, but for the few that are named here."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bot.handlers import buttons, router
from bot.handlers.admin.panel import ACTIONS
from bot.handlers.buttons import Arity
from bot.handlers.context import Context
from bot.handlers.privacy import actions
from bot.handlers.registry import COMMANDS, TAPS
from tests.integration.bot.chats import Friend, Front

COMMANDS_OF_THE_SYSTEM = {"privacy", "delete_my_data", "admin", "retrain", "runs"}
TAPS_OF_THE_SYSTEM = {
    buttons.DISSOLVE_GIVE,
    *(actions.TRAINING_AGREE, actions.TRAINING_WITHDRAW),
    *(actions.ERASE_ASK, actions.ERASE_MINE, actions.ERASE_ALL, actions.ERASE_NOTHING),
    *ACTIONS,
}
_DATA = {Arity.ID: "1", Arity.PAIR: "1:1", Arity.BEARER: "abc"}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The role that each handler ran with, by `/command` or `tap:`. They do nothing else."""
    roles: dict[str, str] = {}

    def spy(name: str) -> Any:
        def run(context: Context, _: object) -> None:
            roles[name] = context.session.scalars(text("SELECT current_user")).one()

        return run

    commands = {name: replace(spec, run=spy(f"/{name}")) for name, spec in COMMANDS.items()}
    taps = {name: replace(spec, run=spy(f"{name}:")) for name, spec in TAPS.items()}
    monkeypatch.setattr(router, "COMMANDS", commands)
    monkeypatch.setattr(router, "TAPS", taps)
    return roles


def _does_everything(friend: Friend) -> None:
    for name in COMMANDS:
        friend.says(f"/{name}@rapbot_test_bot")
    for name, spec in TAPS.items():
        friend.taps(f"{name}:{_DATA[spec.arity]}")


def test_every_handler_runs_as_the_person_but_those_that_are_named(
    friend: Friend, ran: dict[str, str]
) -> None:
    _does_everything(friend)
    assert set(ran) == {f"/{name}" for name in COMMANDS} | {f"{name}:" for name in TAPS}
    beyond = {name for name, role in ran.items() if role != "rapbot_user"}
    named = {f"/{name}" for name in COMMANDS_OF_THE_SYSTEM}
    assert beyond == named | {f"{name}:" for name in TAPS_OF_THE_SYSTEM}


def test_in_a_group_every_handler_runs_as_the_person(front: Front, ran: dict[str, str]) -> None:
    friend = Friend(front, chat_type="group", chat_number=-5)
    _does_everything(friend)
    expected = {f"/{name}" for name, spec in COMMANDS.items() if spec.in_groups}
    expected |= {f"{name}:" for name, spec in TAPS.items() if spec.in_groups}
    assert ran == dict.fromkeys(expected, "rapbot_user")
