"""The verbs on families and other lists. Each acts for a person; RLS stands behind."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from rap_engine.concept_text import TextFault
from rap_engine.errors import BadName, FamilyLimit, NameTaken, NotAMember
from rap_engine.memory.database import Actor
from rap_engine.memory.membership import MOST_FAMILIES, OWNER, done, owned_by
from rap_engine.memory.people import (
    FAMILY,
    PERSONAL,
    WRITERS,
    active_list,
    companions,
    visible_lists,
)
from rap_engine.memory.tables import Concept, ConceptList, Member, User
from rap_engine.namesakes import OWN_LIST, is_reserved, list_titles
from rap_engine.naming import fold

MOST_MEMBERS = 50
"""Members of a family, its owner among them."""


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


def found_family(session: Session, actor: Actor, title: str) -> int:
    """Found a family, whose owner the actor becomes, and return its list's id.

    Raises:
        BadName: a member could take it for their own list.
        FamilyLimit: the actor owns as many as one may.
        NameTaken: the actor is in a family of that name.
    """
    if is_reserved(title):
        raise BadName(TextFault.RESERVED)
    # Two messages of one person may be handled at once.
    session.execute(select(User.id).where(User.id == actor.user_id).with_for_update(key_share=True))
    families = [one for one in lists_of(session, actor) if one.kind == FAMILY]
    if sum(one.is_owned for one in families) >= MOST_FAMILIES:
        raise FamilyLimit("families")
    _see_to_name(families, title)
    founded: int = session.scalars(select(func.rapbot_found_family(title))).one()
    return founded


def rename_family(session: Session, actor: Actor, list_id: int, title: str) -> None:
    """Give a family of the actor another name.

    Raises:
        BadName: a member could take it for their own list.
        NameTaken: the actor is in another family of that name.
        NotAMember: the actor does not own such a family.
    """
    if is_reserved(title):
        raise BadName(TextFault.RESERVED)
    others = [
        one for one in lists_of(session, actor) if one.kind == FAMILY and one.list_id != list_id
    ]
    _see_to_name(others, title)
    done(
        session.scalars(
            update(ConceptList)
            .where(ConceptList.id == list_id, ConceptList.id.in_(owned_by(actor)))
            .values(title=title)
            .returning(ConceptList.id)
            .execution_options(synchronize_session=False)
        ).all(),
        [list_id],
    )


def use_list(session: Session, actor: Actor, list_id: int) -> ListSummary:
    """Make a list the one that takes the actor's new concepts.

    Raises:
        NotAMember: the actor may not write to it.
    """
    if list_id not in writable_lists(session, actor):
        raise NotAMember(f"list {list_id}")
    session.execute(update(User).where(User.id == actor.user_id).values(active_list_id=list_id))
    return next(one for one in lists_of(session, actor) if one.list_id == list_id)


def _see_to_name(families: Sequence[ListSummary], title: str) -> None:
    for one in families:
        if fold(one.title) == fold(title):
            raise NameTaken(one.title)


def hold_family(session: Session, actor: Actor, list_id: int) -> None:
    """Keep a family of the actor as it is until the commit: nobody joins it or adds a concept.

    Raises:
        NotAMember: the actor does not own such a family.
    """
    held = session.scalars(
        select(ConceptList.id)
        .where(ConceptList.id == list_id, ConceptList.id.in_(owned_by(actor)))
        .with_for_update()
    ).all()
    done(held, [list_id])


def dissolve(session: Session, actor: Actor, list_id: int) -> None:
    """Erase a family of the actor with all that is still in it.

    Raises:
        NotAMember: the actor does not own such a family.
    """
    done(
        session.scalars(
            delete(ConceptList)
            .where(ConceptList.id == list_id, ConceptList.id.in_(owned_by(actor)))
            .returning(ConceptList.id)
            .execution_options(synchronize_session=False)
        ).all(),
        [list_id],
    )
