"""The verbs on agreements and face keys. Each names the lists it may touch; RLS stands behind.

A face key is a row of `keys` whose encoder begins with `FACE_PREFIX`. There is none without an
agreement: each verb that adds one locks the concept first, so that an agreement that is taken back
meanwhile wins, and a trigger refuses what a verb forgets.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, delete, exists, func, select, text
from sqlalchemy.orm import Session

from rap_engine.memory.changing import lock_concept
from rap_engine.memory.tables import Concept, Key, View

FACE_PREFIX = "face/"


@dataclass(frozen=True, slots=True)
class FaceSummary:
    """A concept whose face keys were agreed to. `keys` counts the photos that gave one.

    `name` is "" for one of a list that the person does not see: they confirmed it when they did.
    """

    concept_id: int
    name: str
    agreed_at: datetime
    keys: int


def agree(session: Session, user_id: int, lists: Collection[int], concept_id: int) -> bool:
    """Note who confirmed that a concept of these lists agrees to face keys, and when.

    Returns:
        False if that was noted before; the first confirmation stays.

    Raises:
        UnknownConcept: the person may not change such a concept, or it was forgotten.
    """
    concept = lock_concept(session, lists, concept_id)
    if concept.face_agreed_at is not None:
        return False
    concept.face_agreed_by, concept.face_agreed_at = user_id, func.now()
    session.flush()
    return True


def withdraw(session: Session, lists: Collection[int], concept_id: int) -> str:
    """Take an agreement back, erase the face keys at once, and return the concept's name.

    Raises:
        UnknownConcept: the person may not change such a concept, or it was forgotten.
    """
    concept = lock_concept(session, lists, concept_id)
    concept.face_agreed_by = concept.face_agreed_at = None
    session.flush()
    session.execute(delete(Key).where(Key.concept_id == concept_id, is_face_key()))
    return concept.name


def withdraw_own(session: Session, concept_id: int) -> bool:
    """Take back an agreement that the acting person confirmed, whatever became of them in its list.

    Returns:
        False if there is none.
    """
    found = session.execute(text("SELECT rapbot_withdraw_own_face(:id)"), {"id": concept_id})
    session.expire_all()
    return bool(found.scalar_one())


def views_without_face_key(
    session: Session, lists: Collection[int], concept_id: int, encoder: str
) -> dict[int, bytes]:
    """Return the photos, JPEG by view's id, of an agreed concept's views that lack such a key.

    Nothing is returned of a concept whose agreement was taken back or that is not visible.
    """
    has_key = exists().where(Key.view_id == View.id, Key.encoder == encoder)
    rows = session.execute(
        select(View.id, View.photo)
        .join(Concept, Concept.id == View.concept_id)
        .where(
            View.concept_id == concept_id,
            View.list_id.in_(lists),
            Concept.face_agreed_at.is_not(None),
            Concept.forgotten_at.is_(None),
            ~has_key,
        )
        .order_by(View.id)
    )
    return {row.id: row.photo for row in rows}


def add_face_keys(
    session: Session,
    lists: Collection[int],
    concept_id: int,
    encoder: str,
    keys: Mapping[int, NDArray[np.float32]],
) -> int | None:
    """Add face keys to views of a concept; a view that has one by now keeps it.

    Args:
        session: acting for a person who may change the concept.
        lists: the concept lists that the person sees.
        concept_id: whose views they are.
        encoder: a face encoder's name.
        keys: (width,) float32 of unit length, by view's id.

    Returns:
        How many face keys of this encoder the concept has now; None if the agreement was taken back
        meanwhile, and nothing was added.

    Raises:
        UnknownConcept: the person may not change such a concept, or it was forgotten.
        ValueError: not a face encoder's name.
    """
    if not encoder.startswith(FACE_PREFIX):
        raise ValueError(f"{encoder} is no face encoder: its name must begin with {FACE_PREFIX}")
    concept = lock_concept(session, lists, concept_id)
    if concept.face_agreed_at is None:
        return None
    lacking = views_without_face_key(session, lists, concept_id, encoder)
    for view_id in keys.keys() & lacking.keys():
        session.add(
            Key(
                view_id=view_id,
                concept_id=concept.id,
                list_id=concept.list_id,
                encoder=encoder,
                ordinal=0,
                embedding=keys[view_id],
            )
        )
    session.flush()
    return session.scalar(
        select(func.count()).where(Key.concept_id == concept_id, Key.encoder == encoder)
    )


def concepts_with_face_keys(
    session: Session, lists: Collection[int], encoder: str
) -> frozenset[int]:
    """Return the concepts of these lists that have a face key of this encoder."""
    return frozenset(
        session.scalars(
            select(Key.concept_id).where(Key.list_id.in_(lists), Key.encoder == encoder).distinct()
        )
    )


def list_agreements(session: Session, lists: Collection[int]) -> list[FaceSummary]:
    """Return the concepts of some lists whose face keys were agreed to, by name."""
    keys = select(func.count()).where(Key.concept_id == Concept.id, is_face_key()).scalar_subquery()
    rows = session.execute(
        select(Concept.id, Concept.name, Concept.face_agreed_at, keys.label("keys"))
        .where(
            Concept.list_id.in_(lists),
            Concept.forgotten_at.is_(None),
            Concept.face_agreed_at.is_not(None),
        )
        .order_by(Concept.folded_name, Concept.id)
    )
    return [FaceSummary(row.id, row.name, row.face_agreed_at, row.keys) for row in rows]


def list_own_agreements(session: Session) -> list[FaceSummary]:
    """Return what the acting person confirmed in lists that they do not see, the oldest first.

    They have left those, or they are a group's, which is seen in the group alone.
    """
    rows = session.execute(text("SELECT * FROM rapbot_own_faces() ORDER BY concept_id"))
    return [FaceSummary(row.concept_id, "", row.agreed_at, row.keys) for row in rows]


def is_face_key() -> ColumnElement[bool]:
    """Return the condition that a key is a face's."""
    return Key.encoder.startswith(FACE_PREFIX, autoescape=True)
