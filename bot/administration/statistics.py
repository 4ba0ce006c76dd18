"""Numbers about all people together. Nobody's concepts, photos or questions are in them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, text
from sqlalchemy.orm import Session

from bot.administration.work import error_kind
from rap_engine.memory import Concept, ConceptList, User, View
from workers.jobs.tables import Job, Reply

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MOST_KINDS_OF_ERRORS = 10


@dataclass(frozen=True, slots=True)
class Spread:
    """Half and nearly all of some times were shorter; seconds, None if there are none."""

    median_s: float | None
    most_s: float | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """A look at the whole system.

    Who had a job is active. Days and weeks are the last 24 hours and 7 days; times are those of
    jobs that ended in the last day, `errors` those of the week.
    """

    people: int
    active_day: int
    active_week: int
    families: int
    groups: int
    concepts: int
    views: int
    photo_bytes: int
    database_bytes: int
    jobs_day: int
    jobs_week: int
    waiting: Spread
    running: Spread
    errors: dict[str, int]
    replies_pending: int
    replies_failed: int


def read_statistics(session: Session) -> Statistics:
    """Count everything anew."""
    lists = _by(session, select(ConceptList.kind, func.count()).group_by(ConceptList.kind))
    replies = _by(session, select(Reply.state, func.count()).group_by(Reply.state))
    views, photo_bytes = _views(session)
    return Statistics(
        people=_one(session, select(func.count()).select_from(User)),
        active_day=_active(session, _DAY),
        active_week=_active(session, _WEEK),
        families=lists.get("family", 0),
        groups=lists.get("group", 0),
        concepts=_one(session, select(func.count()).where(Concept.forgotten_at.is_(None))),
        views=views,
        photo_bytes=photo_bytes,
        database_bytes=_one(session, text("SELECT pg_database_size(current_database())")),
        jobs_day=_jobs(session, _DAY),
        jobs_week=_jobs(session, _WEEK),
        waiting=_spread(session, Job.started_at - Job.created_at),
        running=_spread(session, Job.finished_at - Job.started_at),
        errors=_errors(session),
        replies_pending=replies.get("pending", 0),
        replies_failed=replies.get("failed", 0) + replies.get("uncertain", 0),
    )


def _one(session: Session, query: Any) -> int:
    return int(session.scalar(query) or 0)


def _by(session: Session, query: Select[str, int]) -> dict[str, int]:
    return {word: count for word, count in session.execute(query)}  # noqa: C416  a row is no pair


def _views(session: Session) -> tuple[int, int]:
    """Return how many views there are, and the bytes of their photos, which nobody unpacks."""
    size = func.octet_length(View.photo) + func.coalesce(func.octet_length(View.scene), 0)
    count, total = session.execute(select(func.count(), func.sum(size)).select_from(View)).one()
    return int(count), int(total or 0)


def _since(span: timedelta) -> ColumnElement[bool]:
    return Job.created_at > func.now() - span


def _active(session: Session, span: timedelta) -> int:
    return _one(session, select(func.count(Job.user_id.distinct())).where(_since(span)))


def _jobs(session: Session, span: timedelta) -> int:
    return _one(session, select(func.count()).select_from(Job).where(_since(span)))


def _spread(session: Session, span: ColumnElement[Any]) -> Spread:
    seconds = func.extract("epoch", span)
    shares = (func.percentile_cont(share).within_group(seconds) for share in (0.5, 0.95))
    ended = (Job.finished_at > func.now() - _DAY, Job.started_at.is_not(None))
    median, most = session.execute(select(*shares).where(*ended)).one()
    return Spread(median, most)


def _errors(session: Session) -> dict[str, int]:
    kind = error_kind().label("kind")
    query = (
        select(kind, func.count().label("count"))
        .where(Job.state == "failed", Job.finished_at > func.now() - _WEEK)
        .group_by(kind)
        .order_by(func.count().desc(), kind)
        .limit(_MOST_KINDS_OF_ERRORS)
    )
    return _by(session, query)
