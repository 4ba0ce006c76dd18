"""The bot's process: builds the parts, runs them, and stops them cleanly."""

import asyncio
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError

from bot.administration.admins import NOTIFY_CHANNEL as ADMINS_CHANNEL
from bot.allocator import return_large_blocks
from bot.bridge import Bridge
from bot.broadcasting import Broadcasting
from bot.client import Client, make_client
from bot.dispatch.dispatcher import Dispatcher
from bot.errors import BotError
from bot.intake import inbox
from bot.intake.files import TelegramFiles
from bot.intake.polling import Polling
from bot.intake.tables import InboxUpdate
from bot.lanes import Bell, Lanes
from bot.listener import Listener
from bot.menus import Menus
from bot.parts import Part, run_parts, stop_on_signals, unless_stopped
from bot.patience import LONGEST_DATABASE_S, backoff_s, gist, insist
from bot.sender.sender import Sender
from bot.sender.telegram_courier import TelegramCourier
from bot.sender.typing import Typing
from bot.tidying import Tidying
from config import Settings
from config.logs import configure, get_logger
from rap_engine.memory import Database
from workers.jobs import outbox
from workers.jobs.queue import Publisher

_log = get_logger(__name__)
_CHANNEL = "telegram"
_CHATS_AT_ONCE = 4
_SENDS_AT_ONCE = 4
_LOCK_WAIT_S = 30.0
"""Who holds a row for so long is stuck: a lane goes on with the other chats."""
_CONNECTIONS = _CHATS_AT_ONCE + _SENDS_AT_ONCE + 6


def run_bot(settings: Settings, publisher: Publisher) -> None:
    """Serve Telegram until SIGTERM or SIGINT.

    Raises:
        BotError: the token, the webhook or another program stands in the way.
    """
    configure(settings)
    return_large_blocks()
    bot = make_client(settings)
    if settings.database_url is None:
        raise BotError("RAPBOT_DATABASE_URL is not set; `rapbot up` sets it for what it starts.")
    url = settings.database_url.get_secret_value()
    database = Database(url, pool_size=_CONNECTIONS, lock_wait_s=_LOCK_WAIT_S)
    try:
        asyncio.run(_serve(settings, bot, database, publisher))
    finally:
        database.close()


async def _serve(settings: Settings, bot: Client, database: Database, publisher: Publisher) -> None:
    stop = stop_on_signals()
    try:
        if await unless_stopped(_Start(bot, database), stop):
            _log.info("bot_started", username=bot.username)
            await run_parts(_parts(settings, bot, database, publisher), stop)
    finally:
        await bot.shutdown()
    _log.info("bot_stopped")


@dataclass(frozen=True, slots=True)
class _Start:
    """What must be there before anything is served."""

    bot: Client = field(repr=False)
    database: Database

    async def run(self) -> None:
        await self._wait_for_database()
        await insist(self.bot.initialize, "getMe")

    async def _wait_for_database(self) -> None:
        failures = 0
        while True:
            try:
                await asyncio.to_thread(self._touch_database)
            except (OperationalError, ProgrammingError) as error:
                # Away, or not migrated yet.
                failures += 1
                _log.warning("waiting_for_database", error=gist(error), failures=failures)
                await asyncio.sleep(backoff_s(failures, LONGEST_DATABASE_S))
            else:
                return

    def _touch_database(self) -> None:
        with self.database.transaction() as session:
            session.execute(select(InboxUpdate.update_id).limit(1))


def _parts(settings: Settings, bot: Client, database: Database, publisher: Publisher) -> list[Part]:
    loop = asyncio.get_running_loop()
    bridge = Bridge(loop)
    updates, replies, admins, wake_typing = Bell(), Bell(), Bell(), asyncio.Event()
    dispatcher = Dispatcher(
        settings=settings,
        database=database,
        publisher=publisher,
        files=TelegramFiles(bot, bridge),
        channel=_CHANNEL,
        bot_username=bot.username,
        on_commit=lambda: _set_from_thread(loop, wake_typing),
    )
    sender = Sender(
        database,
        TelegramCourier(bot, bridge),
        _CHANNEL,
        wake_in=lambda wait_s: _in_a_while(loop, wait_s, replies),
    )
    heard = {
        inbox.NOTIFY_CHANNEL: updates,
        outbox.NOTIFY_CHANNEL: replies,
        ADMINS_CHANNEL: admins,
    }
    return [
        _intake(settings, bot, database),
        Lanes(dispatcher.handle_next, updates, _CHATS_AT_ONCE),
        Lanes(sender.send_next, replies, _SENDS_AT_ONCE),
        Listener(database.url, heard),
        Typing(bot, database, wake_typing),
        Menus(bot, database, settings, admins),
        Broadcasting(database),
        Tidying(database, settings.keep_inbox_days, settings.keep_history_days),
    ]


def _intake(settings: Settings, bot: Client, database: Database) -> Part:
    if settings.webhook_url is None:
        return Polling(bot, database)
    # The server's library is a third of the start, and a bot that polls needs none of it.
    from bot.intake.webhook import Endpoint, Webhook  # noqa: PLC0415

    endpoint = Endpoint.of(settings)
    return Webhook(bot, database, endpoint, settings.webhook_host, settings.webhook_port)


def _set_from_thread(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    loop.call_soon_threadsafe(event.set)


def _in_a_while(loop: asyncio.AbstractEventLoop, wait_s: float, bell: Bell) -> None:
    loop.call_soon_threadsafe(loop.call_later, wait_s, bell.ring)
