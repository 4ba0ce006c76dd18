"""Tables of the concept database. Alembic makes them; this is how Python sees them.

`views` and `keys` repeat their concept's list, tied to it by a composite foreign key: isolation by
list is then one comparison on each table, and a concept that moves takes them along.
"""

from datetime import datetime
from typing import Any, ClassVar

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CHANNELS = ("telegram", "console")
LIST_KINDS = ("personal", "family", "group")
ROLES = ("owner", "editor", "viewer")


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return the constraint that a column holds one of a few words."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


class Base(DeclarativeBase):
    """Names constraints alike everywhere, so that migrations can speak of them."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger,
        str: Text,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        list[float]: ARRAY(Float),
        list[int]: ARRAY(BigInteger),
    }


Base.metadata.naming_convention = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}


class User(Base):
    """A person, as one channel knows them."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("channel", "external_id"), one_of("channel", CHANNELS))

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    channel: Mapped[str]
    external_id: Mapped[str]
    display_name: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ConceptList(Base):
    """The unit of sharing and of isolation."""

    __tablename__ = "concept_lists"
    __table_args__ = (one_of("kind", LIST_KINDS),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    title: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Member(Base):
    """Who sees a list, and what they may do with it."""

    __tablename__ = "members"
    __table_args__ = (one_of("role", ROLES), Index(None, "user_id"))

    list_id: Mapped[int] = mapped_column(
        ForeignKey("concept_lists.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str]
    joined_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Concept(Base):
    """A pet, friend or thing. A forgotten one waits for its undo until it is purged.

    `face_agreed_at` is when somebody confirmed that whom it shows agrees to face keys; without it
    PostgreSQL refuses such keys.
    """

    __tablename__ = "concepts"
    __table_args__ = (
        UniqueConstraint("id", "list_id"),
        Index(
            "concepts_list_id_folded_name_key",
            "list_id",
            "folded_name",
            unique=True,
            postgresql_where=text("forgotten_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("concept_lists.id", ondelete="CASCADE"))
    name: Mapped[str]
    folded_name: Mapped[str]
    info: Mapped[str]
    category: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    forgotten_at: Mapped[datetime | None]
    face_agreed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    face_agreed_at: Mapped[datetime | None]


class View(Base):
    """One photo of a concept, cropped to it: JPEG without metadata.

    `scene` is the whole photo, smaller, where the crop is not all of it: keys of another encoder
    are made of both. `is_readable` is false once a photo could not be decoded again.
    """

    __tablename__ = "views"
    __table_args__ = (
        ForeignKeyConstraint(
            ["concept_id", "list_id"],
            ["concepts.id", "concepts.list_id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        UniqueConstraint("id", "concept_id", "list_id"),
        Index(None, "concept_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    concept_id: Mapped[int]
    list_id: Mapped[int]
    photo: Mapped[bytes]
    scene: Mapped[bytes | None]
    box: Mapped[list[float]]
    is_readable: Mapped[bool] = mapped_column(server_default=true())
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Key(Base):
    """A view's embedding under one encoder: unit length, kept in the row (`STORAGE PLAIN`)."""

    __tablename__ = "keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["view_id", "concept_id", "list_id"],
            ["views.id", "views.concept_id", "views.list_id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        UniqueConstraint("view_id", "encoder", "ordinal"),
        Index(None, "list_id", "encoder"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    view_id: Mapped[int]
    concept_id: Mapped[int]
    list_id: Mapped[int]
    encoder: Mapped[str]
    ordinal: Mapped[int]
    embedding: Mapped[Any] = mapped_column(HALFVEC())


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
    __table_args__ = (Index(None, "conversation_id"),)

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
