"""Tables of the work that is under way. Each row is somebody's, and nobody else sees it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, false, text
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rap_engine.memory.tables import CHANNELS, Base, one_of

JOB_KINDS = ("remember", "answer", "face", "export")
JOB_STATES = ("queued", "running", "done", "failed")
REPLY_STATES = ("pending", "sent", "failed", "uncertain")


class Upload(Base):
    """A photo as it was sent, until the work that needs it is done."""

    __tablename__ = "uploads"
    __table_args__ = (Index(None, "created_at"), Index(None, "user_id", "created_at"))

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    content: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())


class Job(Base):
    """One unit of work for a worker.

    `attempt` is the fencing token: who finishes a job must hold the attempt it was given.
    `publish_after` is when housekeeping may send the job's id to Celery again. `list_id` is the
    list that was active when it was asked for: it takes a new concept, and the job counts against
    its quota. With `is_group` that is the list of the group whose chat the job came from.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("kind", JOB_KINDS),
        one_of("state", JOB_STATES),
        one_of("channel", CHANNELS),
        Index(
            "jobs_unfinished_idx",
            "state",
            "chat_id",
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index(
            "jobs_turns_idx",
            "user_id",
            "id",
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index(None, "user_id", "created_at"),
        Index(None, "list_id", "created_at"),
        Index(None, "upload_id", postgresql_where=text("upload_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    list_id: Mapped[int | None] = mapped_column(ForeignKey("concept_lists.id", ondelete="SET NULL"))
    is_group: Mapped[bool] = mapped_column(server_default=false())
    channel: Mapped[str]
    chat_id: Mapped[int]
    message_id: Mapped[int | None]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("uploads.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(server_default="queued")
    attempt: Mapped[int] = mapped_column(server_default="0")
    leased_until: Mapped[datetime | None]
    publishes: Mapped[int] = mapped_column(server_default="0")
    publish_after: Mapped[datetime] = mapped_column(server_default=sql.now())
    error: Mapped[str | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Reply(Base):
    """One message to send (the outbox). Replies of a chat go out in the order of their ids.

    A farewell belongs to nobody: whom it is for has been erased.
    """

    __tablename__ = "replies"
    __table_args__ = (
        one_of("state", REPLY_STATES),
        one_of("channel", CHANNELS),
        Index(
            "replies_pending_idx",
            "channel",
            "chat_id",
            "id",
            postgresql_where=text("state = 'pending'"),
        ),
        Index(None, "job_id"),
        Index(None, "user_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    channel: Mapped[str]
    chat_id: Mapped[int]
    message_id: Mapped[int | None]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    photo: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[datetime] = mapped_column(server_default=sql.now())
    error: Mapped[str | None]
    sent_message_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    sent_at: Mapped[datetime | None]
