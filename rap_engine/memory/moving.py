"""Concepts go from one list to another, with their photos and keys: moved, or copied.

An agreement to face keys was given for the list that it was given in, so neither it nor the face
keys go along.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rap_engine.concept_text import NAME_LIMIT
from rap_engine.errors import NameTaken, NotAMember
from rap_engine.memory.changing import lock_concept
from rap_engine.memory.concepts import add_concept, get_concept
from rap_engine.memory.faces import withdraw
from rap_engine.memory.refusals import name_kept, refusals_told
from rap_engine.memory.tables import Concept, View
from rap_engine.naming import fold


@dataclass(frozen=True, slots=True)
class Gone:
    """A concept that went to another list.

    Attributes:
        name: what it is called there.
        was: what it was called before.
        lost_face: whether its face was agreed to before, which it is not in the new list.
    """

    name: str
    was: str
    lost_face: bool

    @property
    def is_renamed(self) -> bool:
        """Whether its name was taken there."""
        return self.name != self.was


def move(session: Session, lists: Collection[int], concept_id: int, target_id: int) -> Gone:
    """Move a concept to another list.

    Args:
        session: acting for who moves it.
        lists: what that person may change.
        concept_id: a concept of one of these lists.
        target_id: another of these lists.

    Raises:
        UnknownConcept: the person may not change such a concept, or it was forgotten.
        NotAMember: the person may not change the target.
        NameTaken: the target has a concept of that name.
    """
    _see_to_right(lists, target_id)
    concept = lock_concept(session, lists, concept_id)
    if concept.list_id == target_id:
        raise NameTaken(concept.name)
    return _moved(session, lists, concept, target_id)


def move_all(
    session: Session, lists: Collection[int], source_id: int, target_id: int
) -> list[Gone]:
    """Move all concepts of a list to another; where a name is taken, a number is added to it.

    Raises:
        NotAMember: the person may not change both lists.
    """
    _see_to_right(lists, source_id)
    _see_to_right(lists, target_id)
    concepts = lock_all(session, source_id)
    return move_together(session, concepts, target_id)


def lock_all(session: Session, list_id: int) -> Sequence[Concept]:
    """Return the concepts of a list, which nobody changes before the commit."""
    return session.scalars(
        select(Concept)
        .where(Concept.list_id == list_id, Concept.forgotten_at.is_(None))
        .order_by(Concept.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def move_together(session: Session, concepts: Sequence[Concept], target_id: int) -> list[Gone]:
    """Move concepts of one list to another, with few statements however many they are.

    Where a name is taken, a number is added to it. The session may change both lists.

    Raises:
        NameTaken: somebody took a name there at the same moment.
    """
    taken = _names_taken(session, target_id)
    gone: list[Gone] = []
    rows: list[dict[str, int | str]] = []
    for concept in concepts:
        name = next(tried for tried in _numbered(concept.name) if fold(tried) not in taken)
        taken.add(fold(name))
        rows.append(
            {"id": concept.id, "list_id": target_id, "name": name, "folded_name": fold(name)}
        )
        gone.append(Gone(name, concept.name, concept.face_agreed_at is not None))
    for concept in concepts:
        if concept.face_agreed_at is not None:
            withdraw(session, (concept.list_id,), concept.id)
    if rows:
        with name_kept(gone[0].name), refusals_told(session):
            session.execute(update(Concept), rows)
    return gone


def copy(
    session: Session,
    user_id: int,
    visible: Collection[int],
    lists: Collection[int],
    concept_id: int,
    target_id: int,
) -> Gone:
    """Copy a concept to another list, where it lives on its own.

    Its photos still say who added them: an agreement to training is theirs.

    Args:
        session: acting for who copies it.
        user_id: who copies it, and has added the copy.
        visible: the lists that this person sees.
        lists: those of them that the person may change.
        concept_id: a concept that is seen.
        target_id: one of `lists`.

    Raises:
        UnknownConcept: the person does not see such a concept, or it was forgotten.
        NotAMember: the person may not change the target.
        NameTaken: the target has a concept of that name.
    """
    _see_to_right(lists, target_id)
    concept = get_concept(session, visible, concept_id)
    copied = add_concept(session, user_id, target_id, concept.name, concept.info, concept.category)
    if concept.told_by != user_id:
        # Who copies others' words has not told them.
        session.execute(update(Concept).where(Concept.id == copied).values(told_by=None))
    with refusals_told(session):
        session.execute(select(func.rapbot_copy_views(concept_id, copied)))
    return Gone(concept.name, concept.name, concept.face_agreed_at is not None)


def photo_bytes_of(session: Session, lists: Collection[int], concept_id: int) -> int:
    """Return how much room the photos of a concept of these lists take."""
    size = func.octet_length(View.photo) + func.coalesce(func.octet_length(View.scene), 0)
    return int(
        session.scalars(
            select(func.coalesce(func.sum(size), 0)).where(
                View.concept_id == concept_id, View.list_id.in_(lists)
            )
        ).one()
    )


def _moved(session: Session, lists: Collection[int], concept: Concept, target_id: int) -> Gone:
    had_face = concept.face_agreed_at is not None
    if had_face:
        withdraw(session, lists, concept.id)
    with name_kept(concept.name), refusals_told(session):
        concept.list_id = target_id
    return Gone(concept.name, concept.name, had_face)


def _see_to_right(lists: Collection[int], target_id: int) -> None:
    if target_id not in lists:
        raise NotAMember(f"list {target_id}")


def _names_taken(session: Session, list_id: int) -> set[str]:
    held = Concept.list_id == list_id, Concept.forgotten_at.is_(None)
    return set(session.scalars(select(Concept.folded_name).where(*held)))


def _numbered(name: str) -> Iterable[str]:
    yield name
    number = 2
    while True:
        end = f" {number}"
        yield f"{name[: NAME_LIMIT - len(end)].rstrip()}{end}"
        number += 1
