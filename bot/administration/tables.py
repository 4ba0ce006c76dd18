"""Admins, the log of their acts, their menus, what they tell everybody, and maintenance."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rap_engine.memory.tables import CHANNELS, Base, one_of

BROADCAST_STATES = ("draft", "running", "done", "stopped")


class Admin(Base):
    """An admin by the word of another; those of the settings have no row."""

    __tablename__ = "admins"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    granted_by: Mapped[str]
    granted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditEntry(Base):
    """One act of an admin, who is named by channel and number: `telegram:123`."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    admin: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class Broadcast(Base):
    """A message to everybody of a channel. All up to `after_user_id` have it in the outbox.

    A draft was shown to its author, who has yet to say that it is to be sent.
    """

    __tablename__ = "broadcasts"
    __table_args__ = (one_of("channel", CHANNELS), one_of("state", BROADCAST_STATES))

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    channel: Mapped[str]
    text: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    state: Mapped[str] = mapped_column(server_default="draft")
    after_user_id: Mapped[int] = mapped_column(server_default="0")
    sent: Mapped[int] = mapped_column(server_default="0")
    ended_at: Mapped[datetime | None]


class Operation(Base):
    """One row: whether the bot is under maintenance, and what it says meanwhile."""

    __tablename__ = "operation"
    __table_args__ = (CheckConstraint("id = 1", name="id"),)

    id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, default=1, server_default="1"
    )
    maintenance_since: Mapped[datetime | None]
    maintenance_note: Mapped[str] = mapped_column(server_default="")


class AdminMenu(Base):
    """A private chat of Telegram that shows an admin's menu: a row, so that no restart forgets."""

    __tablename__ = "admin_menus"

    chat_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Away(Base):
    """Somebody who was blocked and has erased themselves: all that is kept of them."""

    __tablename__ = "turned_away"
    __table_args__ = (one_of("channel", CHANNELS),)

    channel: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
