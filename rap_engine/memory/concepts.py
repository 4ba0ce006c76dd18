"""The verbs on concepts. Each names the lists it may touch; row-level security stands behind."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from rap_engine.errors import NameTaken, UnknownConcept
from rap_engine.memory.tables import Concept, Key, View
from rap_engine.naming import fold
from rap_engine.types import Box


@dataclass(frozen=True, slots=True)
class NewView:
    """A view about to be stored. `keys`: (keys, width), float32, unit length.

    `scene` is the whole photo, JPEG, where `photo` is a part of it.
    """

    photo: bytes
    box: Box
    encoder: str
    keys: NDArray[np.float32]
    scene: bytes | None = None


@dataclass(frozen=True, slots=True)
class ConceptSummary:
    """A concept as a list shows it."""

    concept_id: int
    list_id: int
    name: str
    info: str
    category: str
    views: int


def add_concept(
    session: Session, user_id: int, list_id: int, name: str, info: str, category: str
) -> int:
    """Add a concept without a view and return its id.

    Raises:
        NameTaken: the list has a concept whose name is the same after folding.
    """
    concept = Concept(
        list_id=list_id,
        name=name,
        folded_name=fold(name),
        info=info,
        category=category,
        created_by=user_id,
    )
    try:
        with session.begin_nested():
            session.add(concept)
    except IntegrityError as error:
        if "concepts_list_id_folded_name_key" not in str(error.orig):
            raise
        raise NameTaken(name) from error
    return concept.id


def add_view(
    session: Session, user_id: int, lists: Collection[int], concept_id: int, view: NewView
) -> int:
    """Add a view with its keys to a concept of these lists and return the view's id.

    Raises:
        UnknownConcept: the person does not see such a concept, or it was forgotten.
    """
    concept = get_concept(session, lists, concept_id)
    row = View(
        concept_id=concept.id,
        list_id=concept.list_id,
        photo=view.photo,
        scene=view.scene,
        box=list(view.box.as_tuple()),
        created_by=user_id,
    )
    session.add(row)
    session.flush()
    for ordinal, embedding in enumerate(view.keys):
        session.add(
            Key(
                view_id=row.id,
                concept_id=concept.id,
                list_id=concept.list_id,
                encoder=view.encoder,
                ordinal=ordinal,
                embedding=embedding,
            )
        )
    session.flush()
    return row.id


def get_concept(session: Session, lists: Collection[int], concept_id: int) -> Concept:
    """Return a concept of these lists by its id.

    Raises:
        UnknownConcept: the person does not see such a concept, or it was forgotten.
    """
    concept = session.scalar(
        select(Concept).where(
            Concept.id == concept_id, Concept.list_id.in_(lists), Concept.forgotten_at.is_(None)
        )
    )
    if concept is None:
        raise UnknownConcept(str(concept_id))
    return concept


def list_concepts(session: Session, lists: Collection[int]) -> list[ConceptSummary]:
    """Return the concepts of some lists by name."""
    views = select(func.count()).where(View.concept_id == Concept.id).scalar_subquery()
    rows = session.execute(
        select(Concept, views)
        .where(Concept.list_id.in_(lists), Concept.forgotten_at.is_(None))
        .order_by(Concept.folded_name, Concept.id)
    )
    return [_summary(concept, count) for concept, count in rows]


def _summary(concept: Concept, views: int) -> ConceptSummary:
    return ConceptSummary(
        concept_id=concept.id,
        list_id=concept.list_id,
        name=concept.name,
        info=concept.info,
        category=concept.category,
        views=views,
    )


def find_by_name(session: Session, lists: Collection[int], name: str) -> Concept | None:
    """Return the concept of that name after folding, or None."""
    return session.scalar(
        select(Concept)
        .where(
            Concept.list_id.in_(lists),
            Concept.folded_name == fold(name),
            Concept.forgotten_at.is_(None),
        )
        .order_by(Concept.id)
        .limit(1)
    )


def forget(session: Session, lists: Collection[int], name: str) -> Concept:
    """Hide a concept at once; housekeeping erases it when its undo has run out.

    Raises:
        UnknownConcept: no such concept in these lists.
    """
    concept = find_by_name(session, lists, name)
    if concept is None:
        raise UnknownConcept(name)
    concept.forgotten_at = func.now()
    session.flush()
    return concept


def restore(session: Session, lists: Collection[int], concept_id: int) -> Concept:
    """Take a `forget` in these lists back.

    Raises:
        UnknownConcept: it was erased for good, or is not visible.
        NameTaken: the name was given to another concept in the meantime.
    """
    concept = session.scalar(
        select(Concept).where(Concept.id == concept_id, Concept.list_id.in_(lists))
    )
    if concept is None:
        raise UnknownConcept(str(concept_id))
    try:
        with session.begin_nested():
            concept.forgotten_at = None
    except IntegrityError as error:
        raise NameTaken(concept.name) from error
    return concept


def best_photos(
    session: Session, lists: Collection[int], concept_ids: Sequence[int]
) -> dict[int, bytes]:
    """Return the first view's photo of each concept of these lists, JPEG."""
    rows = session.execute(
        select(View.concept_id, View.photo)
        .where(View.concept_id.in_(concept_ids), View.list_id.in_(lists))
        .ext(distinct_on(View.concept_id))
        .order_by(View.concept_id, View.id)
    )
    return {row.concept_id: row.photo for row in rows}
