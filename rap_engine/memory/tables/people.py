"""People, the concept lists that they share, and what happened in those."""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rap_engine.memory.tables.base import CHANNELS, Base, one_of

LIST_KINDS = ("personal", "family", "group")
ROLES = ("owner", "editor", "viewer")
INVITED_ROLES = ("editor", "viewer")
ACCESS = ("default", "allowed", "blocked")
ACTIONS = (
    "added",
    "view_added",
    "renamed",
    "described",
    "forgotten",
    "restored",
    "moved_in",
    "moved_out",
    "face_agreed",
    "face_withdrawn",
    "founded",
    "joined",
    "left",
    "removed",
    "became",
    "titled",
)
"""What a list's history tells of."""


class User(Base):
    """A person, as one channel knows them.

    `active_list_id` takes new concepts, None is the personal list. `access` overrides who may write
    to the bot, `jobs_a_day` the quota of the settings. `training_agreed_at` is when they
    agreed that what they told may be trained on; None is no.
    """

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        one_of("channel", CHANNELS),
        one_of("access", ACCESS),
        Index(None, "active_list_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    channel: Mapped[str]
    external_id: Mapped[str]
    display_name: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    active_list_id: Mapped[int | None] = mapped_column(
        # Each table refers to the other.
        ForeignKey("concept_lists.id", ondelete="SET NULL", use_alter=True)
    )
    access: Mapped[str] = mapped_column(server_default="default")
    jobs_a_day: Mapped[int | None]
    training_agreed_at: Mapped[datetime | None]


class ConceptList(Base):
    """The unit of sharing and of isolation.

    A group's list has the chat that it belongs to; `abandoned_at` is when the bot was taken out of
    that group. `offered_to` is the member whom the owner would like to hand a family over to.
    `jobs_a_day`, `most_concepts` and `most_bytes` override the settings' quotas.
    """

    __tablename__ = "concept_lists"
    __table_args__ = (
        one_of("kind", LIST_KINDS),
        Index(
            "concept_lists_group_key",
            "channel",
            "chat_id",
            unique=True,
            postgresql_where=text("kind = 'group'"),
        ),
        Index(None, "created_by"),
        Index(None, "offered_to"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    title: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    channel: Mapped[str | None]
    chat_id: Mapped[int | None]
    abandoned_at: Mapped[datetime | None]
    offered_to: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    jobs_a_day: Mapped[int | None]
    most_concepts: Mapped[int | None]
    most_bytes: Mapped[int | None]


class Member(Base):
    """Who sees a list, and what they may do with it. A list has one owner at most."""

    __tablename__ = "members"
    __table_args__ = (
        one_of("role", ROLES),
        Index(None, "user_id"),
        # Checked at the commit, so that one statement can hand a list over.
        ExcludeConstraint(
            ("list_id", "="),
            where=text("role = 'owner'"),
            using="btree",
            name="members_owner_excl",
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    list_id: Mapped[int] = mapped_column(
        ForeignKey("concept_lists.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str]
    joined_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Invite(Base):
    """A way into a family's list. Only the SHA-256 of its token is kept."""

    __tablename__ = "invites"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        one_of("role", INVITED_ROLES),
        Index(None, "list_id"),
        Index(None, "created_by"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("concept_lists.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes]
    role: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    most_uses: Mapped[int] = mapped_column(server_default="1")
    uses: Mapped[int] = mapped_column(server_default="0")
    is_revoked: Mapped[bool] = mapped_column(server_default=false())


class Change(Base):
    """One entry of a shared list's history. PostgreSQL writes it, whichever verb made the change.

    `user_id` is who did it, `subject_id` the member whom it is about. `was` is what stood there
    before: an old name, an old info, an old role.
    """

    __tablename__ = "changes"
    __table_args__ = (
        one_of("action", ACTIONS),
        Index(None, "list_id", "id"),
        Index(None, "user_id"),
        Index(None, "subject_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("concept_lists.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    concept_id: Mapped[int | None]
    action: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    was: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
