"""Erases what the bot's own tables need no longer."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from bot.handlers import dialogues
from bot.intake import inbox
from bot.patience import gist
from config.logs import get_logger
from rap_engine.memory import Database

_log = get_logger(__name__)
_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class Tidying:
    """Ended updates and dialogues that nobody goes on with: both hold what people wrote."""

    database: Database
    keep_inbox_days: float

    async def run(self) -> None:
        """Tidy every hour until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.tidy)
            except OperationalError as error:
                _log.warning("tidying_interrupted", error=gist(error))
            await asyncio.sleep(_EVERY_S)

    def tidy(self) -> None:
        """Tidy once."""
        with self.database.transaction() as session:
            inbox.purge(session, timedelta(days=self.keep_inbox_days))
            dialogues.purge(session)
