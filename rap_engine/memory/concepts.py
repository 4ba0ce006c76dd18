"""What is remembered, and found again. Each verb names the lists that it may touch."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from rap_engine.errors import UnknownConcept
from rap_engine.memory.refusals import name_kept, refusals_told
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
        NotAMember: the person may not write to the list.
        ListGone: there is no such list any more.
    """
    concept = Concept(
        list_id=list_id,
        name=name,
        folded_name=fold(name),
        info=info,
        category=category,
        created_by=user_id,
    )
    with name_kept(name), refusals_told(session):
        session.add(concept)
    return concept.id


def add_view(
    session: Session, user_id: int, lists: Collection[int], concept_id: int, view: NewView
) -> int:
    """Add a view with its keys to a concept of these lists and return the view's id.

    Raises:
        UnknownConcept: the person does not see such a concept, or it was forgotten.
        NotAMember: the person may not write to its list.
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
    with refusals_told(session):
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


def holds_anything(session: Session, lists: Collection[int]) -> bool:
    """Say whether anything is remembered in some lists."""
    held = exists().where(Concept.list_id.in_(lists), Concept.forgotten_at.is_(None))
    return bool(session.scalar(select(held)))


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
    """Return the concept of that name after folding, the oldest if there are several, or None."""
    return next(iter(find_all_by_name(session, lists, name)), None)


def find_all_by_name(session: Session, lists: Collection[int], name: str) -> Sequence[Concept]:
    """Return the concepts of that name after folding, one a list at most, the oldest first."""
    return session.scalars(
        select(Concept)
        .where(
            Concept.list_id.in_(lists),
            Concept.folded_name == fold(name),
            Concept.forgotten_at.is_(None),
        )
        .order_by(Concept.id)
    ).all()


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
