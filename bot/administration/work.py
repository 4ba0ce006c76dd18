"""Jobs as an admin sees them: what kind, how old and whose; never what people wrote."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Interval, case, delete, exists, func, select, type_coerce
from sqlalchemy.orm import Session

from bot.administration import audit
from workers.jobs.queue import Publisher, publish_next
from workers.jobs.retention import KEEP_UPLOADS
from workers.jobs.tables import Job, Reply, Upload
from workers.jobs.turns import lock_turns

_UNFINISHED = ("queued", "running")
_DROPPED = "dropped"
"""The error of jobs that were ended before a worker began, as their person was blocked."""
_OF_A_PHOTO = ("remember", "answer")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that is not ended."""

    job_id: int
    kind: str
    state: str
    attempt: int
    user_id: int
    age: timedelta


@dataclass(frozen=True, slots=True)
class Failed:
    """A job that ended in an error. `error` is the kind of error: its text may quote people."""

    job_id: int
    kind: str
    attempt: int
    user_id: int
    error: str
    finished_at: datetime | None


class NotRetried(Exception):
    """A job that cannot be done again. `reason`: `gone`, or `no_photo` if its photo is not kept."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def error_kind() -> ColumnElement[str]:
    """Return the class of a job's error, or `worker_died`, `dropped`, or `other`.

    The rest of it is left out: a name that is taken, for instance, is what somebody wrote.
    """
    return case(
        (Job.error.like("its worker died%"), "worker_died"),
        (Job.error == _DROPPED, _DROPPED),
        else_=func.coalesce(func.substring(Job.error, r"^([A-Za-z_][A-Za-z0-9_]*)\("), "other"),
    )


def count_unfinished(session: Session) -> dict[str, int]:
    """Return how many jobs wait and run: state -> count."""
    rows = session.execute(
        select(Job.state, func.count()).where(Job.state.in_(_UNFINISHED)).group_by(Job.state)
    )
    counts = dict.fromkeys(_UNFINISHED, 0)
    return counts | {state: count for state, count in rows}  # noqa: C416  a row is no pair


def unfinished(session: Session, limit: int) -> list[Waiting]:
    """Return the jobs that run and wait, the oldest first."""
    rows = session.execute(
        select(
            *(Job.id, Job.kind, Job.state, Job.attempt, Job.user_id),
            type_coerce(func.now() - Job.created_at, Interval),
        )
        .where(Job.state.in_(_UNFINISHED))
        .order_by(Job.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in rows]


def failed(session: Session, limit: int) -> list[Failed]:
    """Return the latest jobs that failed, the latest first; none that were only dropped."""
    rows = session.execute(
        select(Job.id, Job.kind, Job.attempt, Job.user_id, error_kind(), Job.finished_at)
        .where(Job.state == "failed", Job.error.is_distinct_from(_DROPPED))
        .order_by(Job.finished_at.desc(), Job.id.desc())
        .limit(limit)
    )
    return [Failed(*row) for row in rows]


def retry(session: Session, by: str, publisher: Publisher, job_id: int) -> None:
    """Queue a failed job again, as if it was new.

    An apology that has not gone out is taken back; one that has is not repeated.

    Raises:
        NotRetried: it is no failed job any more, or its photo is gone.
    """
    job = _failed_job(session, job_id)
    if job is None:
        raise NotRetried("gone")
    if _may_lack_its_photo(session, job):
        raise NotRetried("no_photo")
    _take_apology_back(session, job_id)
    kind, user_id = job.kind, job.user_id
    lock_turns(session, user_id)
    job.state = "queued"
    job.attempt = 0
    job.error = job.result = job.started_at = job.finished_at = job.leased_until = None
    job.publishes = 0
    job.publish_after = func.now()
    audit.note(session, by, "job_retried", f"job:{job_id}", kind=kind)
    publish_next(session, publisher, user_id)


def drop(session: Session, by: str, job_id: int) -> bool:
    """Erase a failed job and its photo; False if it is no failed job any more."""
    job = _failed_job(session, job_id)
    if job is None:
        return False
    kind, upload_id = job.kind, job.upload_id
    session.delete(job)
    session.flush()
    is_used = exists().where(Job.upload_id == upload_id)
    session.execute(delete(Upload).where(Upload.id == upload_id, ~is_used))
    audit.note(session, by, "job_dropped", f"job:{job_id}", kind=kind)
    return True


def _failed_job(session: Session, job_id: int) -> Job | None:
    query = select(Job).where(Job.id == job_id, Job.state == "failed")
    return session.scalar(query.with_for_update())


def _may_lack_its_photo(session: Session, job: Job) -> bool:
    """Say whether the photo is gone; an old question without one may have had one."""
    if job.upload_id is not None or job.kind not in _OF_A_PHOTO:
        return False
    is_old = select(Job.created_at < func.now() - KEEP_UPLOADS).where(Job.id == job.id)
    return job.kind == "remember" or bool(session.scalar(is_old))


def _take_apology_back(session: Session, job_id: int) -> None:
    # One that is being sent is locked, and is as good as sent.
    unsent = (
        select(Reply.id)
        .where(Reply.job_id == job_id, Reply.state == "pending")
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(Reply).where(Reply.id.in_(unsent)))
