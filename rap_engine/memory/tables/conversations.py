"""What was asked and answered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from rap_engine.memory.tables.base import CHANNELS, Base, one_of


class Conversation(Base):
    """A run of turns in one chat; a pause begins a new one."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index(None, "user_id", "channel", "chat_id", "last_turn_at"),
        one_of("channel", CHANNELS),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    channel: Mapped[str]
    chat_id: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_turn_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Turn(Base):
    """A question with its answer, and what made the answer."""

    __tablename__ = "turns"
    __table_args__ = (Index(None, "conversation_id"), Index(None, "user_id"))

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    question: Mapped[str]
    answer: Mapped[str]
    concept_ids: Mapped[list[int]]
    profile: Mapped[str]
    detector: Mapped[str]
    encoder: Mapped[str]
    generator: Mapped[str]
    cutoff: Mapped[float]
    adapter: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
