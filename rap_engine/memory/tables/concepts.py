"""Concepts, their views and keys.

`views` and `keys` repeat their concept's list, tied to it by a composite foreign key: isolation by
list is then one comparison on each table, and a concept that moves takes them along.
"""

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from rap_engine.memory.tables.base import Base


class Concept(Base):
    """A pet, friend or thing. A forgotten one waits for its undo until it is purged.

    `created_by` added it. `told_by` told its name and info, None where it was several: PostgreSQL
    keeps it.

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
        Index(None, "list_id"),
        Index(None, "created_by"),
        Index(None, "face_agreed_by"),
        Index(None, "told_by"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("concept_lists.id", ondelete="CASCADE"))
    name: Mapped[str]
    folded_name: Mapped[str]
    info: Mapped[str]
    category: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    told_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
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
        Index(None, "list_id"),
        Index(None, "created_by"),
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
