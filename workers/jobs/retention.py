"""How long what is kept: housekeeping erases rows that nobody needs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from config import Settings
from rap_engine.memory import Concept, Conversation
from rap_engine.memory.groups import purge_groups
from rap_engine.memory.history import purge_history
from workers.jobs.tables import Job, Reply, Upload

KEEP_UPLOADS = timedelta(hours=24)
"""As long as a dialogue may wait for the name that belongs to a photo."""
UNDO_FORGET = timedelta(hours=24)
KEEP_GROUPS = timedelta(days=30)
"""After the bot was taken out of a group: whoever did that by mistake loses nothing."""


@dataclass(frozen=True, slots=True)
class Keep:
    """What the operator chose.

    `replies` is for sent replies and ended jobs: long enough to look into what failed.
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


def purge(session: Session, keep: Keep) -> None:
    """Erase what is no longer needed."""
    _purge_uploads(session)
    _purge_replies(session, keep.replies)
    session.execute(delete(Job).where(Job.finished_at < func.now() - keep.replies))
    session.execute(delete(Concept).where(Concept.forgotten_at < func.now() - UNDO_FORGET))
    session.execute(
        delete(Conversation).where(Conversation.last_turn_at < func.now() - keep.conversations)
    )
    purge_history(session, keep.history)
    purge_groups(session, KEEP_GROUPS)


def _purge_uploads(session: Session) -> None:
    in_use = select(Job.upload_id).where(
        Job.upload_id.is_not(None), Job.state.in_(("queued", "running"))
    )
    session.execute(
        delete(Upload).where(
            Upload.created_at < func.now() - KEEP_UPLOADS, Upload.id.not_in(in_use)
        )
    )


def _purge_replies(session: Session, keep: timedelta) -> None:
    session.execute(
        delete(Reply).where(
            Reply.created_at < func.now() - keep,
            # On a console nobody may be there to read it; on Telegram it still goes out.
            or_(Reply.state != "pending", Reply.channel == "console"),
        )
    )
