"""The verbs of re-embedding on views and keys. They are the system's own, not a person's.

Views of forgotten concepts are left out: nothing new is made of what somebody asked to forget, and
an undo brings them back among those that lack keys.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    and_,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from rap_engine.memory.faces import FACE_PREFIX
from rap_engine.memory.tables import Concept, Key, View


@dataclass(frozen=True, slots=True)
class StoredView:
    """A view as it was remembered: the concept's crop, and the photo around it; JPEG."""

    view_id: int
    concept_id: int
    list_id: int
    photo: bytes
    scene: bytes | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many views have keys of an encoder, and how many there are."""

    done: int
    total: int

    @property
    def is_complete(self) -> bool:
        """Whether no view lacks them."""
        return self.done == self.total


def progress_of(session: Session, encoder: str) -> Progress:
    """Count the views that have keys of an encoder."""
    total = _count(session, _is_remembered())
    return Progress(total - _count(session, _lacks_keys(encoder)), total)


def count_unreadable(session: Session) -> int:
    """Count the views whose photos could not be decoded, which get no further keys."""
    return _count(session, ~View.is_readable)


def take_lacking(session: Session, encoder: str, limit: int) -> list[StoredView]:
    """Return some views without keys of an encoder, which nobody else takes before the commit.

    What another session holds is passed over; what one gave keys, and let go of between our look
    and our lock, the second look sees. Others may add keys to a view that is locked so.
    """
    held = session.scalars(
        select(View.id)
        .where(_lacks_keys(encoder))
        .order_by(View.id)
        .limit(limit)
        .with_for_update(of=View, key_share=True, skip_locked=True)
    ).all()
    rows = session.execute(
        select(View.id, View.concept_id, View.list_id, View.photo, View.scene)
        .where(View.id.in_(held), _lacks_keys(encoder))
        .order_by(View.id)
    )
    return [StoredView(*row) for row in rows]


def add_keys(
    session: Session, encoder: str, keys: Iterable[tuple[StoredView, NDArray[np.float32]]]
) -> None:
    """Add keys to views that `take_lacking` returned.

    Args:
        session: the one that took them.
        encoder: whose keys these are.
        keys: (keys, width) float32 of unit length for each view, by their ordinal.
    """
    rows = [
        {
            "view_id": view.view_id,
            "concept_id": view.concept_id,
            "list_id": view.list_id,
            "encoder": encoder,
            "ordinal": ordinal,
            "embedding": embedding,
        }
        for view, embeddings in keys
        for ordinal, embedding in enumerate(embeddings)
    ]
    if rows:
        session.execute(insert(Key), rows)


def mark_unreadable(session: Session, view_id: int) -> None:
    """Note that a view's photo cannot be decoded: it is not tried again."""
    session.execute(update(View).where(View.id == view_id).values(is_readable=False))


def erase_keys_but(session: Session, encoder: str) -> int:
    """Erase the keys of all other encoders, those of faces apart, and return how many."""
    is_face_key = Key.encoder.startswith(FACE_PREFIX, autoescape=True)
    erased = session.execute(delete(Key).where(Key.encoder != encoder, ~is_face_key))
    return cast("CursorResult[Any]", erased).rowcount


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count()).select_from(View).where(condition)).one()


def _is_remembered() -> ColumnElement[bool]:
    is_forgotten = exists().where(Concept.id == View.concept_id, Concept.forgotten_at.is_not(None))
    return and_(View.is_readable, ~is_forgotten)


def _lacks_keys(encoder: str) -> ColumnElement[bool]:
    has_key = exists().where(Key.view_id == View.id, Key.encoder == encoder)
    return and_(_is_remembered(), ~has_key)
