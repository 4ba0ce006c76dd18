"""What answers."""

from datetime import datetime

from sqlalchemy import CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from rap_engine.memory.tables.base import Base


class InService(Base):
    """One row: what answers, and what was asked for instead of it.

    `round`, `publishes` and `publish_after` belong to the message that calls for a round of
    re-embedding: a message with another number is an old one.
    """

    __tablename__ = "in_service"
    __table_args__ = (CheckConstraint("id = 1", name="id"),)

    id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, default=1, server_default="1"
    )
    profile: Mapped[str]
    adapter: Mapped[str | None]
    wanted: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    round: Mapped[int] = mapped_column(server_default="0")
    publishes: Mapped[int] = mapped_column(server_default="0")
    publish_after: Mapped[datetime] = mapped_column(server_default=func.now())
