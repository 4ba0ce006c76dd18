"""The menus of commands: one for private chats, one for groups, and one more for each admin."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import BadRequest, Forbidden

from bot.administration.admins import telegram_admins
from bot.administration.tables import AdminMenu
from bot.lanes import Bell, wait
from bot.patience import gist, insist
from bot.texts import catalogue_for
from config import Settings
from config.logs import get_logger
from rap_engine.memory import Database

_log = get_logger(__name__)
IN_PRIVATE = (
    *("remember", "list", "where", "rename", "describe", "forget", "cancel"),
    *("family", "invite", "lists", "move", "copy", "history"),
    *("privacy", "export", "delete_my_data", "faces", "usage", "help"),
)
IN_GROUPS = (
    *("remember", "ask", "where", "list", "rename", "describe", "forget", "cancel"),
    *("history", "faces", "help"),
)
FOR_ADMINS = (*IN_PRIVATE, "admin", "retrain", "runs")
_LOOK_EVERY_S = 30.0
"""Without being woken: a bell may be lost, and a chat become reachable."""


@dataclass(slots=True)
class Menus:
    """Shows the menus, and sees to it that an admin's comes and goes with the admin.

    The bell rings when admins come and go. Which chats show an admin's menu is kept in rows:
    somebody may lose the right while no bot runs. A chat that the bot cannot reach, as nobody wrote
    from there yet, is tried again at each look.
    """

    bot: Bot = field(repr=False)
    database: Database
    settings: Settings
    bell: Bell
    _is_fresh: bool = False
    _unreachable: set[int] = field(default_factory=set)

    async def run(self) -> None:
        """Show the menus and look after the admins' until cancelled."""
        ear = self.bell.ear()
        await self._show(IN_PRIVATE, BotCommandScopeAllPrivateChats())
        await self._show(IN_GROUPS, BotCommandScopeAllGroupChats())
        while True:
            ear.clear()
            try:
                await self.look()
            except SQLAlchemyError as error:
                _log.warning("menus_interrupted", error=gist(error))
            await wait(ear, _LOOK_EVERY_S)

    async def look(self) -> None:
        """Give admins their menu and take it from those who are none; at first, anew to all."""
        admins, shown = await asyncio.to_thread(self._read)
        for chat_id in sorted(shown - admins):
            await self._take_back(chat_id)
        for chat_id in sorted(admins - shown if self._is_fresh else admins):
            await self._give(chat_id)
        self._is_fresh = True

    async def _give(self, chat_id: int) -> None:
        # The row comes first: a menu without a row would never be taken back.
        await asyncio.to_thread(self._note, chat_id)
        if await self._show(FOR_ADMINS, BotCommandScopeChat(chat_id)):
            self._unreachable.discard(chat_id)
            return
        await asyncio.to_thread(self._strike, chat_id)

    async def _take_back(self, chat_id: int) -> None:
        scope = BotCommandScopeChat(chat_id)
        try:
            await insist(lambda: self.bot.delete_my_commands(scope=scope), "deleteMyCommands")
        except (BadRequest, Forbidden) as error:
            _log.info("menu_not_taken_back", chat_id=chat_id, reason=error.message)
        await asyncio.to_thread(self._strike, chat_id)

    async def _show(self, names: Sequence[str], scope: BotCommandScope) -> bool:
        texts = catalogue_for()
        menu = [BotCommand(name, texts.say(f"command.{name}")) for name in names]
        try:
            await insist(lambda: self.bot.set_my_commands(menu, scope=scope), "setMyCommands")
        except (BadRequest, Forbidden) as error:
            self._tell(scope, error.message)
            return False
        return True

    def _tell(self, scope: BotCommandScope, reason: str) -> None:
        """Tell that a menu is not shown; of a chat only once."""
        if isinstance(scope, BotCommandScopeChat):
            chat_id = int(scope.chat_id)
            if chat_id in self._unreachable:
                return
            self._unreachable.add(chat_id)
        _log.warning("menu_not_shown", scope=scope.to_dict(), reason=reason)

    def _read(self) -> tuple[frozenset[int], frozenset[int]]:
        """Return the chats of all admins, and those that show an admin's menu."""
        with self.database.transaction() as session:
            shown = frozenset(session.scalars(select(AdminMenu.chat_id)))
            return telegram_admins(session, self.settings), shown

    def _note(self, chat_id: int) -> None:
        with self.database.transaction() as session:
            session.execute(insert(AdminMenu).values(chat_id=chat_id).on_conflict_do_nothing())

    def _strike(self, chat_id: int) -> None:
        with self.database.transaction() as session:
            session.execute(delete(AdminMenu).where(AdminMenu.chat_id == chat_id))
