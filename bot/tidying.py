"""Erases what the bot's own tables need no longer."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.administration import broadcasts
from bot.handlers import dialogues
from bot.intake import inbox
from bot.patience import gist
from config.logs import get_logger
from rap_engine.memory import Database

_log = get_logger(__name__)
_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class Tidying:
    """What people and admins wrote: ended updates, dialogues that nobody ends, and broadcasts."""

    database: Database
    keep_inbox_days: float
    keep_history_days: float

    async def run(self) -> None:
        """Tidy every hour until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.tidy)
            except SQLAlchemyError as error:
                _log.warning("tidying_interrupted", error=gist(error))
            await asyncio.sleep(_EVERY_S)

    def tidy(self) -> None:
        """Tidy once."""
        with self.database.transaction() as session:
            inbox.purge(session, timedelta(days=self.keep_inbox_days))
        with self.database.transaction() as session:
            dialogues.purge(session)
        with self.database.transaction() as session:
            broadcasts.purge(session, timedelta(days=self.keep_history_days))
