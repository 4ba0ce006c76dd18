"""People as an admin sees them: numbers, access and quotas; never their concepts or their words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.administration import audit
from bot.administration.person import PersonId
from bot.administration.turned_away import let_back
from rap_engine.memory import ConceptList, Member, User, View
from rap_engine.memory.usage import held_in
from workers.jobs.queue import drop_waiting
from workers.jobs.tables import Job

_DAY = timedelta(days=1)
_ROW = re.compile(r"user:([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who fits a search. `name` is what they call themselves."""

    user_id: int
    person: PersonId
    name: str


@dataclass(frozen=True, slots=True)
class ListNumbers:
    """A list that somebody is a member of: how much is in it, and what overrides the settings."""

    list_id: int
    kind: str
    role: str
    members: int
    concepts: int
    views: int
    photo_bytes: int
    jobs_a_day: int | None
    most_concepts: int | None
    most_bytes: int | None


@dataclass(frozen=True, slots=True)
class Account:
    """One person. `jobs`: kept ones by their state; `jobs_a_day` overrides the settings."""

    user_id: int
    person: PersonId
    name: str
    created_at: datetime
    access: str
    jobs_a_day: int | None
    jobs_today: int
    jobs: dict[str, int]
    lists: list[ListNumbers]


def search(session: Session, words: str, limit: int) -> list[Found]:
    """Return people by their number, their row (`user:7`), or a part of their name."""
    person, row = PersonId.read(words), _ROW.fullmatch(words)
    number = words if person is None else person.external_id
    rows = session.execute(
        select(User.id, User.channel, User.external_id, User.display_name)
        .where(
            or_(
                User.external_id == number,
                User.id == (int(row[1]) if row is not None else None),
                User.display_name.icontains(words, autoescape=True),
            )
        )
        .order_by(User.id)
        .limit(limit)
    )
    return [Found(row[0], PersonId(*row[1:3]), row[3]) for row in rows]


def read_account(session: Session, user_id: int) -> Account | None:
    """Return the numbers of one person, None if they are gone."""
    user = session.get(User, user_id)
    if user is None:
        return None
    today = select(func.count(Job.id)).where(
        Job.user_id == user_id, Job.created_at > func.now() - _DAY
    )
    states = session.execute(
        select(Job.state, func.count(Job.id)).where(Job.user_id == user_id).group_by(Job.state)
    )
    return Account(
        user_id=user_id,
        person=PersonId(user.channel, user.external_id),
        name=user.display_name,
        created_at=user.created_at,
        access=user.access,
        jobs_a_day=user.jobs_a_day,
        jobs_today=session.scalars(today).one(),
        jobs={state: count for state, count in states},  # noqa: C416  a row is no pair
        lists=_lists(session, user_id),
    )


def set_access(session: Session, by: str, user_id: int, access: str) -> PersonId | None:
    """Allow or block somebody, or leave it to the settings; None if they are gone.

    Of who is blocked, jobs that wait are ended without a word.
    """
    # Rows that lead to this one, as a new job's, are not held up by this.
    user = session.get(User, user_id, with_for_update={"key_share": True})
    if user is None:
        return None
    dropped = drop_waiting(session, user_id) if access == "blocked" else 0
    details = {"dropped_jobs": dropped} if dropped else {}
    audit.note(session, by, "access_set", f"user:{user_id}", was=user.access, now=access, **details)
    user.access = access
    person = PersonId(user.channel, user.external_id)
    let_back(session, person)
    return person


def set_quotas_of_person(
    session: Session, by: str, user_id: int, quotas: Mapping[str, int | None]
) -> bool:
    """Override quotas for a person: columns of `User`; None is the settings' again."""
    return _set(session, by, session.get(User, user_id), f"user:{user_id}", quotas)


def set_quotas_of_list(
    session: Session, by: str, list_id: int, quotas: Mapping[str, int | None]
) -> bool:
    """Override quotas for a list: columns of `ConceptList`; False if it is gone."""
    return _set(session, by, session.get(ConceptList, list_id), f"list:{list_id}", quotas)


def _set(
    session: Session,
    by: str,
    row: User | ConceptList | None,
    subject: str,
    quotas: Mapping[str, int | None],
) -> bool:
    if row is None:
        return False
    for column, value in quotas.items():
        setattr(row, column, value)
    audit.note(session, by, "quotas_set", subject, **quotas)
    return True


def _lists(session: Session, user_id: int) -> list[ListNumbers]:
    rows = session.execute(
        select(ConceptList, Member.role)
        .join(Member, Member.list_id == ConceptList.id)
        .where(Member.user_id == user_id)
        .order_by(ConceptList.id)
    ).all()
    return [_numbers(session, concept_list, role) for concept_list, role in rows]


def _numbers(session: Session, concept_list: ConceptList, role: str) -> ListNumbers:
    list_id = concept_list.id
    held = held_in(session, list_id)
    return ListNumbers(
        list_id=list_id,
        kind=concept_list.kind,
        role=role,
        members=_count(session, Member.list_id == list_id),
        concepts=held.concepts,
        views=_count(session, View.list_id == list_id),
        photo_bytes=held.photo_bytes,
        jobs_a_day=concept_list.jobs_a_day,
        most_concepts=concept_list.most_concepts,
        most_bytes=concept_list.most_bytes,
    )


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count()).where(condition)).one()
