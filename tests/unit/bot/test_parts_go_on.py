"""Each part that looks again and again goes on after whatever the database refused."""

import asyncio
from typing import Any, NoReturn

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from bot import broadcasting, tidying
from bot.broadcasting import Broadcasting
from bot.lanes import Bell
from bot.menus import Menus
from bot.parts import Part
from bot.sender import typing as signs
from bot.sender.typing import Typing
from bot.tidying import Tidying
from tests.services import no_settings

NOTHING: Any = None


class Refusing:
    """A database that refuses each time, and says how often it was asked."""

    def __init__(self, error: type[IntegrityError | OperationalError]) -> None:
        self.error = error
        self.asked = 0

    def transaction(self) -> NoReturn:
        self.asked += 1
        raise self.error("INSERT", {}, Exception("violates a foreign key"))


class Telegram:
    async def set_my_commands(self, *_: object, **__: object) -> bool:
        return True


def _menus(database: Any) -> Menus:
    bell = Bell()
    menus = Menus(Telegram(), database, no_settings(), bell)  # type: ignore[arg-type]
    asyncio.get_running_loop().call_later(0.01, bell.ring)
    return menus


def _tidying(database: Any) -> Tidying:
    return Tidying(database, keep_inbox_days=1.0, keep_history_days=1.0)


def _typing(database: Any) -> Typing:
    return Typing(NOTHING, database, asyncio.Event())


@pytest.mark.parametrize(
    "part_of",
    [Broadcasting, _tidying, _menus, _typing],
    ids=["Broadcasting", "Tidying", "Menus", "Typing"],
)
@pytest.mark.parametrize("error", [IntegrityError, OperationalError])
def test_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
    part_of: Any,
    error: type[IntegrityError | OperationalError],
) -> None:
    for module, name in ((broadcasting, "_LOOK_EVERY_S"), (tidying, "_EVERY_S")):
        monkeypatch.setattr(module, name, 0.01)
    monkeypatch.setattr(signs, "_SHOWN_FOR_S", 0.01)
    database = Refusing(error)

    async def a_while() -> None:
        part: Part = part_of(database)
        running = asyncio.create_task(part.run())
        while database.asked < 2 and not running.done():
            await asyncio.sleep(0.005)
        ended = running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert not ended

    asyncio.run(asyncio.wait_for(a_while(), 20))
    assert database.asked >= 2
