"""Lists and their members, as one of them sees them."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rap_engine.errors import NotAMember
from rap_engine.memory.database import Actor
from rap_engine.memory.membership import OWNER
from rap_engine.memory.people import (
    FAMILY,
    PERSONAL,
    WRITERS,
    active_list,
    companions,
    visible_lists,
)
from rap_engine.memory.tables import Concept, ConceptList, Member
from rap_engine.namesakes import OWN_LIST, list_titles


@dataclass(frozen=True, slots=True)
class ListSummary:
    """A list as one of its members sees it. `concepts` counts those that are not forgotten."""

    list_id: int
    kind: str
    title: str
    role: str
    concepts: int
    is_active: bool

    @property
    def is_writable(self) -> bool:
        """Whether the member may change its concepts."""
        return self.role in WRITERS

    @property
    def is_owned(self) -> bool:
        """Whether the member is its owner."""
        return self.role == OWNER


@dataclass(frozen=True, slots=True)
class Companion:
    """A member as other members see them. `name` is what the channel says, as it came."""

    user_id: int
    name: str
    role: str


def lists_of(session: Session, actor: Actor) -> list[ListSummary]:
    """Return the lists that an actor sees: their own first, then the others by title."""
    active = active_list(session, actor)
    concepts = (
        select(func.count())
        .where(Concept.list_id == ConceptList.id, Concept.forgotten_at.is_(None))
        .scalar_subquery()
        .label("concepts")
    )
    rows = session.execute(
        select(ConceptList.id, ConceptList.kind, ConceptList.title, Member.role, concepts)
        .join(Member, Member.list_id == ConceptList.id)
        .where(
            Member.user_id == actor.user_id,
            ConceptList.id.in_(visible_lists(session, actor)),
        )
        .order_by(ConceptList.kind != PERSONAL, func.lower(ConceptList.title), ConceptList.id)
    )
    return [
        ListSummary(row.id, row.kind, row.title, row.role, row.concepts, row.id == active)
        for row in rows
    ]


def names_of_lists(session: Session, actor: Actor, own: str = OWN_LIST) -> dict[int, str]:
    """Return what the lists that an actor sees are called in sentences, by id: their own first.

    The one place that says so: no two lists are called the same, whatever others called theirs.

    Args:
        session: acting for the actor, or with the system's rights.
        actor: who is told.
        own: what the actor's own list is called.
    """
    rows = session.execute(
        select(ConceptList.id, ConceptList.kind, ConceptList.title)
        .where(ConceptList.id.in_(visible_lists(session, actor)))
        .order_by(ConceptList.kind != PERSONAL, func.lower(ConceptList.title), ConceptList.id)
    ).all()
    personal_id = next((row.id for row in rows if row.kind == PERSONAL), None)
    return list_titles({row.id: row.title for row in rows}, personal_id, own)


def writable_lists(session: Session, actor: Actor) -> list[int]:
    """Return the lists whose concepts an actor may change, the active one first."""
    active = active_list(session, actor)
    found = session.scalars(
        select(Member.list_id)
        .where(
            Member.user_id == actor.user_id,
            Member.role.in_(WRITERS),
            Member.list_id.in_(visible_lists(session, actor)),
        )
        .order_by(Member.list_id != active, Member.list_id)
    )
    return list(found)


def family_of(session: Session, actor: Actor, list_id: int) -> ListSummary:
    """Return a family by its id.

    Raises:
        NotAMember: no family, or the actor is no member of it.
    """
    for summary in lists_of(session, actor):
        if summary.list_id == list_id and summary.kind == FAMILY:
            return summary
    raise NotAMember(f"list {list_id}")


def family_with(session: Session, actor: Actor, concept_id: int) -> str | None:
    """Return what the family that a concept is in is called for an actor; None if in none."""
    list_id = session.scalar(
        select(ConceptList.id)
        .join(Concept, Concept.list_id == ConceptList.id)
        .where(Concept.id == concept_id, ConceptList.kind == FAMILY)
    )
    return None if list_id is None else names_of_lists(session, actor).get(list_id)


def members_of(session: Session, list_id: int) -> list[Companion]:
    """Return the members of a list that the actor sees: the owner first, then by joining."""
    people = companions()
    rows = session.execute(
        select(people.c.id, people.c.display_name, Member.role)
        .join(Member, Member.user_id == people.c.id)
        .where(Member.list_id == list_id)
        .order_by(Member.role != OWNER, Member.joined_at, people.c.id)
    )
    return [Companion(*row) for row in rows]


def member_of(session: Session, list_id: int, user_id: int) -> Companion:
    """Return one member of a list that the actor sees.

    Raises:
        NotAMember: that person is none.
    """
    for companion in members_of(session, list_id):
        if companion.user_id == user_id:
            return companion
    raise NotAMember(f"user {user_id} in list {list_id}")
