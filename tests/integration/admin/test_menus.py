"""The menus: who sees /admin in them, and how soon."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from telegram import BotCommand, BotCommandScope, BotCommandScopeChat
from telegram.error import BadRequest, Forbidden

from bot.administration.admins import add_admin, remove_admin
from bot.administration.person import PersonId
from bot.administration.tables import AdminMenu
from bot.lanes import Bell
from bot.menus import FOR_ADMINS, IN_GROUPS, IN_PRIVATE, Menus
from rap_engine.memory import Database
from tests.services import no_settings

pytestmark = pytest.mark.integration

BOSS, DEPUTY = 7, 66


@dataclass
class FakeBot:
    """Telegram, as far as menus go: chat or kind of chats -> commands."""

    menus: dict[int | str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[int, Exception] = field(default_factory=dict)
    calls: int = 0

    async def set_my_commands(self, commands: list[BotCommand], scope: BotCommandScope) -> bool:
        self.calls += 1
        self._refuse(scope)
        assert all(command.description for command in commands)
        self.menus[_key(scope)] = tuple(command.command for command in commands)
        return True

    async def delete_my_commands(self, scope: BotCommandScope) -> bool:
        self._refuse(scope)
        self.menus.pop(_key(scope), None)
        return True

    def _refuse(self, scope: BotCommandScope) -> None:
        error = self.refused.get(_key(scope))  # type: ignore[arg-type]
        if error is not None:
            raise error


def _key(scope: BotCommandScope) -> int | str:
    return int(scope.chat_id) if isinstance(scope, BotCommandScopeChat) else str(scope.type)


@pytest.fixture
def bot() -> FakeBot:
    return FakeBot()


def _menus(bot: FakeBot, database: Database, *admins: int) -> Menus:
    settings = no_settings().model_copy(update={"admins": admins})
    untyped: Any = bot
    return Menus(untyped, database, settings, Bell())


def _add(database: Database, number: int) -> None:
    with database.transaction() as session:
        add_admin(session, "operator", PersonId("telegram", str(number)))


def _remove(database: Database, number: int) -> None:
    with database.transaction() as session:
        remove_admin(session, "operator", PersonId("telegram", str(number)))


def _rows(database: Database) -> list[int]:
    with database.transaction() as session:
        return sorted(session.scalars(select(AdminMenu.chat_id)))


def test_admins_see_what_nobody_else_does(bot: FakeBot, database: Database) -> None:
    menus = _menus(bot, database, BOSS)

    async def a_while() -> None:
        running = asyncio.create_task(menus.run())
        while BOSS not in bot.menus:
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(a_while(), 20))
    assert bot.menus == {
        "all_private_chats": IN_PRIVATE,
        "all_group_chats": IN_GROUPS,
        BOSS: FOR_ADMINS,
    }
    assert "admin" in FOR_ADMINS
    assert "admin" not in {*IN_PRIVATE, *IN_GROUPS}


def test_a_look_follows_who_comes_and_goes(bot: FakeBot, database: Database) -> None:
    menus = _menus(bot, database, BOSS)
    asyncio.run(menus.look())
    _add(database, DEPUTY)
    asyncio.run(menus.look())
    assert set(bot.menus) == {BOSS, DEPUTY}
    _remove(database, DEPUTY)
    asyncio.run(menus.look())
    assert set(bot.menus) == {BOSS}
    calls = bot.calls
    asyncio.run(menus.look())
    assert bot.calls == calls


def test_who_lost_the_right_while_no_bot_ran_loses_the_menu(
    bot: FakeBot, database: Database
) -> None:
    _add(database, DEPUTY)
    asyncio.run(_menus(bot, database, BOSS).look())
    _remove(database, DEPUTY)
    asyncio.run(_menus(bot, database).look())
    assert bot.menus == {}
    assert _rows(database) == []


def test_a_restart_shows_the_menus_anew(bot: FakeBot, database: Database) -> None:
    """They may have changed with the version."""
    asyncio.run(_menus(bot, database, BOSS).look())
    bot.menus[BOSS] = ("old",)
    asyncio.run(_menus(bot, database, BOSS).look())
    assert bot.menus[BOSS] == FOR_ADMINS


@pytest.mark.parametrize("error", [BadRequest("Chat not found"), Forbidden("bot was blocked")])
def test_a_chat_that_cannot_be_reached_is_no_reason_to_stop(
    bot: FakeBot, database: Database, error: Exception
) -> None:
    bot.refused[BOSS] = error
    menus = _menus(bot, database, BOSS, DEPUTY)
    asyncio.run(menus.look())
    assert set(bot.menus) == {DEPUTY}
    assert _rows(database) == [DEPUTY]
    del bot.refused[BOSS]
    asyncio.run(menus.look())
    assert set(bot.menus) == {BOSS, DEPUTY}
    bot.refused[DEPUTY] = error
    asyncio.run(_menus(bot, database, BOSS).look())
    assert _rows(database) == [BOSS]
