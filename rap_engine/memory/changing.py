"""What is known of a concept changes, or is forgotten. Each verb names the lists it may touch."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Settings
from rap_engine.errors import UnknownConcept
from rap_engine.memory.concepts import find_by_name
from rap_engine.memory.refusals import name_kept
from rap_engine.memory.tables import Concept
from rap_engine.memory.usage import check_room
from rap_engine.naming import fold


def lock_concept(session: Session, lists: Collection[int], concept_id: int) -> Concept:
    """Return a concept of these lists as it is now, which nobody changes before the commit.

    A lock is a right of those who may change the row, so a list's viewer finds nothing here.

    Raises:
        UnknownConcept: the person may not change such a concept, or it was forgotten.
    """
    concept = session.scalar(
        select(Concept)
        .where(Concept.id == concept_id, Concept.list_id.in_(lists), Concept.forgotten_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if concept is None:
        raise UnknownConcept(str(concept_id))
    return concept


def rename(session: Session, lists: Collection[int], concept_id: int, name: str) -> None:
    """Give a concept of these lists another name.

    Raises:
        UnknownConcept: the person may not change such a concept, or it was forgotten.
        NameTaken: its list has another concept of that name.
    """
    concept = lock_concept(session, lists, concept_id)
    with name_kept(name), session.begin_nested():
        concept.name, concept.folded_name = name, fold(name)


def describe(session: Session, lists: Collection[int], concept_id: int, info: str) -> str:
    """Say anew what is known of a concept of these lists, and return what was known before.

    Raises:
        UnknownConcept: the person may not change such a concept, or it was forgotten.
    """
    concept = lock_concept(session, lists, concept_id)
    was, concept.info = concept.info, info
    session.flush()
    return was


def forget(session: Session, lists: Collection[int], name: str) -> Concept:
    """Forget a concept by its name; see `forget_concept`.

    Raises:
        UnknownConcept: no such concept in these lists, or the person may not change it.
    """
    concept = find_by_name(session, lists, name)
    if concept is None:
        raise UnknownConcept(name)
    return forget_concept(session, lists, concept.id)


def forget_concept(session: Session, lists: Collection[int], concept_id: int) -> Concept:
    """Hide a concept at once; housekeeping erases it when its undo has run out.

    Raises:
        UnknownConcept: no such concept in these lists, or the person may not change it.
    """
    concept = lock_concept(session, lists, concept_id)
    concept.forgotten_at = func.now()
    session.flush()
    return concept


def restore(
    session: Session, settings: Settings, lists: Collection[int], concept_id: int
) -> Concept:
    """Take a `forget` in these lists back.

    Raises:
        QuotaExceeded: its list has filled up in the meantime.
        UnknownConcept: it was erased for good, or the person may not change it.
        NameTaken: the name was given to another concept in the meantime.
    """
    concept = session.scalar(
        select(Concept)
        .where(Concept.id == concept_id, Concept.list_id.in_(lists))
        .with_for_update(key_share=True)
    )
    if concept is None:
        raise UnknownConcept(str(concept_id))
    if concept.forgotten_at is not None:
        check_room(session, settings, concept.list_id)
    with name_kept(concept.name), session.begin_nested():
        concept.forgotten_at = None
    return concept
