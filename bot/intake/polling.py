"""Receives updates by long polling: a batch is committed, and only then confirmed."""

import asyncio
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError
from telegram.error import Conflict

from bot.client import Client, Json
from bot.errors import PollingConflict
from bot.intake.inbox import store
from bot.patience import LONGEST_DATABASE_S, backoff_s, gist, insist
from config.logs import get_logger
from rap_engine.memory import Database

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member", "chat_member")
_log = get_logger(__name__)
_POLL_S = 25
_MOST_CONFLICTS = 8
"""A poll of a process that has just died may stay open at Telegram for a while."""


@dataclass(frozen=True, slots=True)
class Polling:
    """The loop around `getUpdates`.

    Telegram takes the offset of a call as the confirmation of all updates before it, so the
    offset moves after the commit: a crash in between repeats updates and loses none.
    """

    bot: Client = field(repr=False)
    database: Database
    channel: str = "telegram"

    async def run(self) -> None:
        """Receive until cancelled.

        Raises:
            TokenRefused: Telegram does not know the token.
            PollingConflict: another program keeps receiving this bot's updates.
        """
        await insist(self._forget_webhook, "deleteWebhook")
        offset: int | None = None
        failures = 0
        while True:
            batch = await self._receive(offset)
            try:
                await self._commit(batch)
            except OperationalError as error:
                failures += 1
                _log.warning("updates_not_stored", error=gist(error), failures=failures)
                await asyncio.sleep(backoff_s(failures, LONGEST_DATABASE_S))
                continue
            failures = 0
            # With nothing left to confirm the offset is dropped: after a quiet week Telegram may
            # start again with a smaller id.
            offset = batch[-1]["update_id"] + 1 if batch else None

    async def _receive(self, offset: int | None) -> list[Json]:
        for conflict in range(1, _MOST_CONFLICTS + 1):
            try:
                return await insist(lambda: self._fetch(offset), "getUpdates")
            except Conflict as error:
                _log.warning("polling_conflict", error=error.message)
                await asyncio.sleep(backoff_s(conflict))
        raise PollingConflict

    async def _commit(self, batch: list[Json]) -> None:
        new = await asyncio.to_thread(store, self.database, self.channel, batch)
        if batch:
            _log.info("updates_received", updates=len(batch), new=new)

    async def _forget_webhook(self) -> bool:
        return await self.bot.delete_webhook(drop_pending_updates=False)

    async def _fetch(self, offset: int | None) -> list[Json]:
        return await self.bot.fetch_updates(offset, ALLOWED_UPDATES, _POLL_S)
