"""Dialogues: what the bot waits for in a chat. Rows, so that a restart forgets nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rap_engine.memory.tables import CHANNELS, Base, one_of


class Dialogue(Base):
    """The open question of a person in a chat."""

    __tablename__ = "dialogues"
    __table_args__ = (one_of("channel", CHANNELS), Index(None, "user_id"))

    channel: Mapped[str] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[dict[str, Any]] = mapped_column(JSONB)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
