"""Shows "typing" in the chats for which work is under way."""

import asyncio
import time
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot
from telegram.constants import ChatAction, FloodLimit
from telegram.error import TelegramError

from bot.patience import gist
from config.logs import get_logger
from rap_engine.memory import Database
from workers.jobs.outbox import busy_chats

_log = get_logger(__name__)
_SHOWN_FOR_S = 4.0
"""Telegram shows it for five seconds."""
_MOST_CHATS = int(FloodLimit.MESSAGES_PER_SECOND)
"""A round. Signs take no message's place in the limits, and are to cost Telegram little too."""


@dataclass(slots=True)
class Typing:
    """The loop around `sendChatAction`. `wake` is set when work may have begun."""

    bot: Bot = field(repr=False)
    database: Database
    wake: asyncio.Event
    _shown: dict[int, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Show until cancelled."""
        while True:
            self.wake.clear()
            try:
                await self.show()
            except SQLAlchemyError as error:
                _log.warning("typing_interrupted", error=gist(error))
            try:
                await asyncio.wait_for(self.wake.wait(), _SHOWN_FOR_S)
            except TimeoutError:
                continue

    async def show(self) -> None:
        """Show it once where it is due."""
        busy = await asyncio.to_thread(self._busy)
        now = time.monotonic()
        self._shown = {chat: at for chat, at in self._shown.items() if now - at < _SHOWN_FOR_S}
        due = [chat for chat in busy if chat not in self._shown][:_MOST_CHATS]
        self._shown.update(dict.fromkeys(due, now))
        await asyncio.gather(*(self._show_in(chat) for chat in due))

    def _busy(self) -> list[int]:
        with self.database.transaction() as session:
            return busy_chats(session, "telegram")

    async def _show_in(self, chat_id: int) -> None:
        try:
            await self.bot.send_chat_action(chat_id, ChatAction.TYPING)
        except TelegramError as error:
            _log.debug("typing_not_shown", error=error.message)
