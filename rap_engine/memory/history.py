"""What happened in a shared list. PostgreSQL writes it (`changes`); here it is read and purged."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from rap_engine.memory.people import companions
from rap_engine.memory.tables import Change
from rap_engine.naming import fold

PAGE = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of a shared list.

    `who` did it and `subject` is the member whom it is about, by the names of their channel: None
    where the person is out of sight. Their ids are None where they are erased, and for what nobody
    did.
    """

    change_id: int
    list_id: int
    action: str
    name: str
    was: str | None
    at: datetime
    who: str | None
    subject: str | None
    who_id: int | None
    subject_id: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, the latest first, and whether there are older ones."""

    entries: tuple[Entry, ...]
    has_older: bool


def history(
    session: Session,
    lists: Collection[int],
    *,
    concept_id: int | None = None,
    before: int | None = None,
) -> Page:
    """Return the latest changes of some lists that the actor sees.

    Args:
        session: acting for the person who asks.
        lists: whose history.
        concept_id: only what was done to this concept.
        before: only what is older than the change of this id.
    """
    who, subject = companions(), companions()
    query = (
        select(
            Change.id,
            Change.list_id,
            Change.action,
            Change.name,
            Change.was,
            Change.at,
            who.c.display_name,
            subject.c.display_name,
            Change.user_id,
            Change.subject_id,
        )
        # Whoever is no member any more is out of sight, so that only a number is left of them.
        .outerjoin(who, who.c.id == Change.user_id)
        .outerjoin(subject, subject.c.id == Change.subject_id)
        .where(Change.list_id.in_(lists))
        .order_by(Change.id.desc())
        .limit(PAGE + 1)
    )
    if concept_id is not None:
        query = query.where(Change.concept_id == concept_id)
    if before is not None:
        query = query.where(Change.id < before)
    entries = [Entry(*row) for row in session.execute(query)]
    return Page(tuple(entries[:PAGE]), len(entries) > PAGE)


def concepts_named(session: Session, lists: Collection[int], name: str) -> list[int]:
    """Return the concepts that ever had a name in the history of some lists, the latest first.

    They may be forgotten, moved or renamed by now.
    """
    seen = Change.list_id.in_(lists), Change.concept_id.is_not(None)
    names = select(Change.concept_id, Change.name).where(*seen).distinct()
    names_before = (
        select(Change.concept_id, Change.was).where(*seen, Change.action == "renamed").distinct()
    )
    called = [*session.execute(names), *session.execute(names_before)]
    wanted = fold(name)
    found = {concept_id for concept_id, one in called if fold(one) == wanted}
    return sorted(found, reverse=True)


def purge_history(session: Session, keep: timedelta) -> None:
    """Erase what happened longer ago than `keep`."""
    session.execute(delete(Change).where(Change.at < func.now() - keep))
