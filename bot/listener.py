"""Hears PostgreSQL's NOTIFY and rings the bells."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from bot.lanes import Bell
from bot.patience import LONGEST_DATABASE_S, backoff_s, gist
from config.logs import get_logger
from rap_engine.memory import conninfo

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """One connection that listens on some channels; each rings its bell.

    A notification that is lost while the connection is down costs only time: lanes also look by
    themselves, and all bells ring at each new connection.
    """

    url: str
    bells: Mapping[str, Bell]

    async def run(self) -> None:
        """Listen until cancelled."""
        failures = 0
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    conninfo(self.url), autocommit=True
                ) as connection:
                    failures = 0
                    await self._listen(connection)
            except psycopg.OperationalError as error:
                failures += 1
                _log.warning("listener_disconnected", error=gist(error), failures=failures)
                await asyncio.sleep(backoff_s(failures, LONGEST_DATABASE_S))

    async def _listen(self, connection: psycopg.AsyncConnection) -> None:
        for channel, bell in self.bells.items():
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            bell.ring()
        async for notification in connection.notifies():
            self.bells[notification.channel].ring()
