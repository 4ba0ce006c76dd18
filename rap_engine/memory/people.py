"""People and the lists they see."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    TableValuedAlias,
    Text,
    and_,
    column,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from rap_engine.memory.database import Actor
from rap_engine.memory.tables import ConceptList, Member, User

PERSONAL = "personal"
FAMILY = "family"
GROUP = "group"
WRITERS = ("owner", "editor")
"""The roles that may change a list's concepts."""


def is_user(channel: str, external_id: str) -> ColumnElement[bool]:
    """Return the condition that a row of `users` is the person of that number or name."""
    return and_(User.channel == channel, User.external_id == external_id)


def find_user(session: Session, channel: str, external_id: str) -> int | None:
    """Return the id of a person, None if nobody of that number or name is known."""
    return session.scalar(select(User.id).where(is_user(channel, external_id)))


def ensure_user(session: Session, channel: str, external_id: str, display_name: str = "") -> int:
    """Return the id of a person, who is given a personal list when seen for the first time."""
    known = session.scalar(select(User).where(is_user(channel, external_id)))
    if known is not None:
        if display_name and known.display_name != display_name:
            known.display_name = display_name
        return known.id
    return _welcome(session, channel, external_id, display_name)


def _welcome(session: Session, channel: str, external_id: str, display_name: str) -> int:
    # Two processes may meet the same person at once: the second waits here and finds the first's.
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 0))"),
        {"who": f"{channel}:{external_id}"},
    )
    session.execute(
        insert(User)
        .values(channel=channel, external_id=external_id, display_name=display_name)
        .on_conflict_do_nothing()
    )
    user_id = session.scalars(select(User.id).where(is_user(channel, external_id))).one()
    if not _has_personal_list(session, user_id):
        personal = ConceptList(kind=PERSONAL, title=display_name, created_by=user_id)
        session.add(personal)
        session.flush()
        session.add(Member(list_id=personal.id, user_id=user_id, role="owner"))
        session.flush()
    return user_id


def _has_personal_list(session: Session, user_id: int) -> bool:
    mine = (Member.user_id == user_id, ConceptList.kind == PERSONAL)
    found = select(Member.list_id).join(ConceptList, ConceptList.id == Member.list_id).where(*mine)
    return session.scalar(found.limit(1)) is not None


def active_list(session: Session, actor: Actor) -> int:
    """Return the list that takes new concepts.

    In a group that is the group's. Elsewhere it is the one that the person chose, as long as they
    may write to it, and else the personal one.
    """
    if actor.group_id is not None:
        return actor.group_id
    personal = ConceptList.kind == PERSONAL
    chosen = and_(ConceptList.id == User.active_list_id, Member.role.in_(WRITERS))
    found: int = session.scalars(
        _lists_of(actor, ConceptList.id)
        .join(User, User.id == Member.user_id)
        .where(or_(personal, chosen))
        .order_by(personal)
        .limit(1)
    ).one()
    return found


def personal_list(session: Session, actor: Actor) -> int | None:
    """Return the actor's own list; None in a group, where it is not seen."""
    own = _lists_of(actor, ConceptList.id).where(ConceptList.kind == PERSONAL)
    found: int | None = session.scalar(own.limit(1))
    return found


def visible_lists(session: Session, actor: Actor) -> dict[int, str]:
    """Return id and title of each list that the actor sees, the oldest first."""
    rows = session.execute(
        _lists_of(actor, ConceptList.id, ConceptList.title).order_by(ConceptList.id)
    )
    return {row.id: row.title for row in rows}


def companions() -> TableValuedAlias:
    """Return whom the acting person shares a list with, themselves among them, as a table.

    It has `id` and `display_name`: nothing else of others is told.
    """
    columns = column("id", BigInteger), column("display_name", Text)
    return func.rapbot_companions().table_valued(*columns)


def _lists_of(actor: Actor, *columns: InstrumentedAttribute[Any]) -> Select[Any]:
    """Select from the lists that an actor sees: in a group that one, elsewhere all but groups."""
    here = ConceptList.kind != GROUP if actor.group_id is None else ConceptList.id == actor.group_id
    return (
        select(*columns)
        .join_from(ConceptList, Member, Member.list_id == ConceptList.id)
        .where(Member.user_id == actor.user_id, here)
    )
