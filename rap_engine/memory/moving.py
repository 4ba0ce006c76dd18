"""Concepts go from one list to another, with their photos and keys: moved, or copied.

An agreement to face keys was given for the list that it was given in, so neither it nor the face
keys go along.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from rap_engine.concept_text import NAME_LIMIT
from rap_engine.errors import NameTaken, NotAMember
from rap_engine.memory.changing import lock_concept
from rap_engine.memory.concepts import add_concept, get_concept
from rap_engine.memory.faces import FACE_PREFIX, withdraw
from rap_engine.memory.refusals import name_kept, refusals_told
from rap_engine.memory.tables import Concept, Key, View
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
    return _moved(session, lists, concept, target_id, concept.name)


def move_all(
    session: Session, lists: Collection[int], source_id: int, target_id: int
) -> list[Gone]:
    """Move all concepts of a list to another; where a name is taken, a number is added to it.

    Raises:
        NotAMember: the person may not change both lists.
    """
    _see_to_right(lists, source_id)
    _see_to_right(lists, target_id)
    waiting = session.scalars(
        select(Concept)
        .where(Concept.list_id == source_id, Concept.forgotten_at.is_(None))
        .order_by(Concept.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    return [
        _moved(session, lists, concept, target_id, _free_name(session, target_id, concept.name))
        for concept in waiting
    ]


def give_back(session: Session, concept: Concept, target_id: int) -> Gone:
    """Move a concept to a list of somebody else. The session has the system's rights."""
    name = _free_name(session, target_id, concept.name)
    return _moved(session, (concept.list_id,), concept, target_id, name)


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
    with refusals_told(session):
        _copy_views(session, concept_id, copied, target_id)
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


def _moved(
    session: Session, lists: Collection[int], concept: Concept, target_id: int, name: str
) -> Gone:
    was, had_face = concept.name, concept.face_agreed_at is not None
    if had_face:
        withdraw(session, lists, concept.id)
    with name_kept(name), refusals_told(session):
        concept.list_id = target_id
        concept.name, concept.folded_name = name, fold(name)
    return Gone(name, was, had_face)


def _copy_views(session: Session, concept_id: int, copied: int, target_id: int) -> None:
    """Copy views with their keys inside the database: the photos do not travel."""
    views = session.scalars(
        select(View.id).where(View.concept_id == concept_id).order_by(View.id)
    ).all()
    for view_id in views:
        new_id = session.scalars(
            insert(View)
            .from_select(
                ["concept_id", "list_id", *_VIEW],
                select(
                    literal(copied), literal(target_id), *(getattr(View, name) for name in _VIEW)
                ).where(View.id == view_id),
            )
            .returning(View.id)
        ).one()
        session.execute(
            insert(Key).from_select(
                ["view_id", "concept_id", "list_id", *_KEY],
                select(
                    literal(new_id),
                    literal(copied),
                    literal(target_id),
                    *(getattr(Key, name) for name in _KEY),
                ).where(
                    Key.view_id == view_id, ~Key.encoder.startswith(FACE_PREFIX, autoescape=True)
                ),
            )
        )


_VIEW = ("photo", "scene", "box", "is_readable", "created_by")
_KEY = ("encoder", "ordinal", "embedding")


def _see_to_right(lists: Collection[int], target_id: int) -> None:
    if target_id not in lists:
        raise NotAMember(f"list {target_id}")


def _free_name(session: Session, list_id: int, name: str) -> str:
    taken = set(
        session.scalars(
            select(Concept.folded_name).where(
                Concept.list_id == list_id, Concept.forgotten_at.is_(None)
            )
        )
    )
    return next(tried for tried in _numbered(name) if fold(tried) not in taken)


def _numbered(name: str) -> Iterable[str]:
    yield name
    number = 2
    while True:
        end = f" {number}"
        yield f"{name[: NAME_LIMIT - len(end)].rstrip()}{end}"
        number += 1
