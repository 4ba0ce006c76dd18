"""Puts broadcasts into the outbox, a few people a second."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from bot.administration.broadcasts import put_some_out
from bot.patience import gist
from config.logs import get_logger
from rap_engine.memory import Database

_log = get_logger(__name__)
PEOPLE_A_SECOND = 10
"""A third of what Telegram takes in all: the rest is for answers."""
_MOST_DUE = 3 * PEOPLE_A_SECOND
_LOOK_EVERY_S = 3.0


@dataclass(frozen=True, slots=True)
class Broadcasting:
    """Goes on after a restart where it was: who has a broadcast is one commit with their reply."""

    database: Database

    async def run(self) -> None:
        """Put out until cancelled."""
        while True:
            is_busy = False
            try:
                is_busy = await asyncio.to_thread(self.put_out)
            except SQLAlchemyError as error:
                _log.warning("broadcasting_interrupted", error=gist(error))
            await asyncio.sleep(1.0 if is_busy else _LOOK_EVERY_S)

    def put_out(self) -> bool:
        """Put the next few out; False if no broadcast is running."""
        with self.database.transaction() as session:
            return put_some_out(session, PEOPLE_A_SECOND, _MOST_DUE)
