"""Takes updates from the inbox and hands them to the handlers, each in one transaction."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from bot.dispatch.farewells import bid_farewell, is_stale_tap
from bot.dispatch.waiting import blameless_wait_s
from bot.handlers.context import Context
from bot.handlers.group_events import note
from bot.handlers.groups import enter
from bot.handlers.registry import is_about_own_data
from bot.handlers.router import concerns, handle
from bot.intake import inbox
from bot.intake.events import read_event
from bot.intake.files import FileSource
from bot.intake.inbox import Claimed
from bot.intake.incoming import Incoming
from bot.intake.translate import translate
from bot.limits.access import Standing, TurnedAway, admit, may_be_told
from bot.texts import catalogue_for
from config import Settings
from config.logs import get_logger
from rap_engine.memory import Database, after_commit
from rap_engine.memory.gist import gist_of, traceback_of
from rap_engine.memory.people import ensure_user
from workers.jobs.outbox import has_many_waiting
from workers.jobs.queue import Publisher
from workers.jobs.values import Address, Content

_log = get_logger(__name__)
MOST_ATTEMPTS = 3
_RETRY_BASE_S = 2.0
# A lane waits no longer for another's big photo: four slow ones would hold up all chats.
_BIG_PHOTO_WAIT_S = 3.0
_BIG_PHOTO_PUT_OFF_S = 1.0
_MANY_REPLIES = 50
_MANY_REPLIES_PUT_OFF_S = 5.0


class _AnotherBigPhoto(Exception):
    """Another lane is still busy with a big photo."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Handles the updates of one channel. Safe to call from several threads.

    Args:
        settings: who may write to the bot, and how much.
        database: where the inbox is.
        publisher: tells workers of jobs.
        files: hands out the channel's photos.
        channel: whose updates to handle.
        bot_username: who commands in groups are for.
        on_commit: called after an update's commit, before its jobs are published.
    """

    settings: Settings
    database: Database
    publisher: Publisher
    files: FileSource
    channel: str
    bot_username: str = ""
    on_commit: Callable[[], None] = field(default=lambda: None)
    _big_photo: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def handle_next(self, chat_id: int | None = None) -> bool:
        """Handle one update, of one chat if that is given; False if none waits.

        The claim, what the handler wrote, its replies and the end of the update are one commit.
        """
        claimed: Claimed | None = None
        try:
            with ExitStack() as held, self.database.transaction() as session:
                claimed = inbox.claim_next(session, self.channel, chat_id)
                if claimed is None:
                    return False
                self._handle(session, claimed, held)
        except _AnotherBigPhoto:
            if claimed is not None:
                with self.database.transaction() as session:
                    inbox.wait(session, claimed, _BIG_PHOTO_PUT_OFF_S)
        except Exception as error:
            if claimed is None:
                raise
            self._undone(claimed, error)
        return True

    def _hold_big_photo(self, held: ExitStack) -> None:
        if not self._big_photo.acquire(timeout=_BIG_PHOTO_WAIT_S):
            raise _AnotherBigPhoto
        held.callback(self._big_photo.release)

    def _handle(self, session: Session, claimed: Claimed, held: ExitStack) -> None:
        """Handle an update; what it holds of other lanes' is let go after its transaction."""
        after_commit(session, self.on_commit)
        if has_many_waiting(session, claimed.channel, claimed.chat_id, _MANY_REPLIES):
            inbox.wait(session, claimed, _MANY_REPLIES_PUT_OFF_S)
            return
        event = read_event(claimed.channel, claimed.payload, self.bot_username)
        if event is not None:
            may_tell = may_be_told(session, self.settings, event)
            was_told = note(session, event, self.bot_username, may_tell=may_tell)
            inbox.end(session, claimed, "told" if was_told else "handled")
            return
        incoming = translate(claimed.channel, claimed.payload, self.bot_username)
        if incoming is None or not self._is_to_be_handled(session, claimed, incoming):
            inbox.end(session, claimed, "ignored")
            return
        standing = self._admitted(session, incoming)
        if isinstance(standing, TurnedAway):
            self._turn_away(session, claimed, incoming, standing)
            return
        if is_stale_tap(session, incoming):
            notice = "button_gone" if incoming.sender.is_private else "group_tap"
            bid_farewell(session, incoming, Content(notice=notice))
            inbox.end(session, claimed, "handled")
            return
        address = _address(session, incoming)
        handle(
            Context(
                session=session,
                address=address,
                publisher=self.publisher,
                files=self.files,
                incoming=incoming,
                texts=catalogue_for(incoming.sender.language),
                settings=self.settings,
                bot_username=self.bot_username,
                is_admin=standing is Standing.ADMIN,
                await_big_photo=lambda: self._hold_big_photo(held),
            )
        )
        inbox.end(session, claimed, "handled")
        _log.info("update_handled", update_id=claimed.update_id, user_id=address.user_id)

    @staticmethod
    def _turn_away(
        session: Session, claimed: Claimed, incoming: Incoming, turned_away: TurnedAway
    ) -> None:
        """Say what there is to say. Nothing of it is kept: it may be for a stranger."""
        if turned_away.content is not None:
            bid_farewell(session, incoming, turned_away.content)
        inbox.end(session, claimed, turned_away.state)
        _log.info("update_turned_away", update_id=claimed.update_id, state=turned_away.state)

    @staticmethod
    def _is_to_be_handled(session: Session, claimed: Claimed, incoming: Incoming) -> bool:
        album_id = incoming.album_id
        is_old_album = album_id is not None and inbox.album_was_met(session, claimed, album_id)
        return concerns(incoming) and not is_old_album

    def _undone(self, claimed: Claimed, error: Exception) -> None:
        wait_s = blameless_wait_s(claimed, error)
        if wait_s is None:
            self._failed(claimed, error)
            return
        _log.info("update_waits", update_id=claimed.update_id, reason=gist_of(error), wait_s=wait_s)
        with self.database.transaction() as session:
            inbox.wait(session, claimed, wait_s)

    def _failed(self, claimed: Claimed, error: Exception) -> None:
        """Put the update off, or give it up with an apology, in a transaction of its own."""
        attempt = claimed.attempts + 1
        gist = gist_of(error)
        _log.warning(
            "update_failed",
            update_id=claimed.update_id,
            attempt=attempt,
            error=gist,
            exc_info=traceback_of(error),
        )
        with self.database.transaction() as session:
            if attempt < MOST_ATTEMPTS:
                inbox.put_off(session, claimed, _RETRY_BASE_S**attempt, gist)
                return
            inbox.give_up(session, claimed, gist)
        try:
            self._apologise(claimed)
        except Exception as why:  # noqa: BLE001  nobody to tell, or no way to: the next one waits
            _log.warning("no_apology", update_id=claimed.update_id, error=gist_of(why))

    def _apologise(self, claimed: Claimed) -> None:
        """Say that it failed, as a farewell: whose message it was may not even be known."""
        incoming = translate(claimed.channel, claimed.payload, self.bot_username)
        if incoming is None:
            return
        with self.database.transaction() as session:
            standing = self._admitted(session, incoming)
            if not isinstance(standing, TurnedAway):
                bid_farewell(session, incoming, Content(notice="sorry_failed"))

    def _admitted(self, session: Session, incoming: Incoming) -> Standing | TurnedAway:
        own_data = is_about_own_data(incoming)
        return admit(session, self.settings, incoming, is_about_own_data=own_data)


def _address(session: Session, incoming: Incoming) -> Address:
    sender = incoming.sender
    user_id = ensure_user(session, sender.channel, sender.external_id, sender.display_name)
    group_id = enter(session, incoming, user_id)
    return Address(user_id, sender.channel, sender.chat_id, _answered(incoming), group_id)


def _answered(incoming: Incoming) -> int | None:
    """Return the message that answers quote. In a group a tap's is the one with the button.

    There a quotation also keeps an answer in the topic that it belongs to.
    """
    if incoming.tap is None or incoming.sender.is_private:
        return incoming.message_id
    return incoming.tap.message_id
