"""How long what is kept: housekeeping erases rows that nobody needs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import Settings
from config.logs import get_logger
from rap_engine.memory import Concept, Conversation, Database, Invite
from rap_engine.memory.gist import gist_of
from rap_engine.memory.groups import purge_groups
from rap_engine.memory.history import purge_history
from workers.jobs.tables import Job, Reply, Upload

_log = get_logger(__name__)
KEEP_UPLOADS = timedelta(hours=24)
"""As long as a dialogue may wait for the name that belongs to a photo."""
UNDO_FORGET = timedelta(hours=24)
KEEP_GROUPS = timedelta(days=30)
"""After the bot was taken out of a group: whoever did that by mistake loses nothing."""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Keep:
    """What the operator chose.

    `replies` is for sent replies and ended jobs: long enough to look into what failed. `history` is
    also for invites that have run out.
    """

    replies: timedelta
    conversations: timedelta
    history: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the settings."""
        return cls(
            replies=timedelta(days=settings.keep_replies_days),
            conversations=timedelta(days=settings.keep_conversations_days),
            history=timedelta(days=settings.keep_history_days),
        )


def purge(database: Database, keep: Keep) -> None:
    """Erase what is no longer needed, a batch a transaction.

    A kind of rows that cannot be erased now keeps no other kind from being erased.
    """
    for chore in _CHORES:
        try:
            _erase_all(database, keep, chore)
        except SQLAlchemyError as error:
            _log.warning("not_purged", what=chore.__name__, error=gist_of(error))


def _erase_all(database: Database, keep: Keep, chore: "_Chore") -> None:
    is_more = True
    while is_more:
        with database.transaction() as session:
            is_more = chore(session, keep)


def _uploads(session: Session, _keep: Keep) -> bool:
    in_use = select(Job.upload_id).where(
        Job.upload_id.is_not(None), Job.state.in_(("queued", "running"))
    )
    is_old = Upload.created_at < func.now() - KEEP_UPLOADS
    return _erase(session, Upload, is_old, Upload.id.not_in(in_use))


def _replies(session: Session, keep: Keep) -> bool:
    # On a console nobody may be there to read it; on Telegram it still goes out.
    is_done = or_(Reply.state != "pending", Reply.channel == "console")
    return _erase(session, Reply, Reply.created_at < func.now() - keep.replies, is_done)


def _jobs(session: Session, keep: Keep) -> bool:
    return _erase(session, Job, Job.finished_at < func.now() - keep.replies)


def _concepts(session: Session, _keep: Keep) -> bool:
    return _erase(session, Concept, Concept.forgotten_at < func.now() - UNDO_FORGET)


def _conversations(session: Session, keep: Keep) -> bool:
    is_old = Conversation.last_turn_at < func.now() - keep.conversations
    return _erase(session, Conversation, is_old)


def _invites(session: Session, keep: Keep) -> bool:
    return _erase(session, Invite, Invite.expires_at < func.now() - keep.history)


def _history(session: Session, keep: Keep) -> bool:
    purge_history(session, keep.history)
    return False


def _groups(session: Session, _keep: Keep) -> bool:
    purge_groups(session, KEEP_GROUPS)
    return False


def _erase(session: Session, table: Any, *conditions: ColumnElement[bool]) -> bool:
    """Erase a batch of rows, and say whether there may be more. One that is locked waits."""
    batch = select(table.id).where(*conditions).limit(_BATCH).with_for_update(skip_locked=True)
    found = session.scalars(batch).all()
    if found:
        session.execute(delete(table).where(table.id.in_(found)))
    return len(found) == _BATCH


_Chore = Callable[[Session, Keep], bool]
"""Erases a batch of one kind of rows; True if there may be more."""
_CHORES: tuple[_Chore, ...] = (
    _uploads,
    _replies,
    _jobs,
    _concepts,
    _conversations,
    _history,
    _invites,
    _groups,
)
