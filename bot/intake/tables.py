"""The inbox: each update as it came, committed before it is acknowledged."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rap_engine.memory.tables import CHANNELS, Base, one_of

INBOX_STATES = ("pending", "handled", "ignored", "refused", "told", "failed")


class InboxUpdate(Base):
    """An update of a channel. Its primary key makes a repeated delivery a no-op."""

    __tablename__ = "inbox"
    __table_args__ = (
        one_of("channel", CHANNELS),
        one_of("state", INBOX_STATES),
        Index(
            "inbox_pending_idx",
            "channel",
            "chat_id",
            "update_id",
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "inbox_told_idx",
            "channel",
            "chat_id",
            postgresql_where=text("state IN ('refused', 'told')"),
        ),
    )

    channel: Mapped[str] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chat_id: Mapped[int]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[datetime] = mapped_column(server_default=func.now())
    error: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    handled_at: Mapped[datetime | None]
