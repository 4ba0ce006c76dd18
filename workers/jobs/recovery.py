"""What housekeeping does for jobs that nobody works on."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from rap_engine.memory import after_commit
from workers.jobs.queue import Publisher, end_job
from workers.jobs.tables import Job
from workers.jobs.turns import REPUBLISH_AFTER_S, has_its_turn
from workers.jobs.values import Content, Draft

_BATCH = 100
_LONGEST_WAIT_DOUBLINGS = 3


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many jobs were published again, and how many were given up."""

    published: int
    given_up: int


def recover_jobs(session: Session, publisher: Publisher, max_attempts: int) -> Recovered:
    """Publish jobs whose message was lost or whose worker died; apologise for hopeless ones.

    Several housekeepers may run at once: each locks the rows that it looks at.
    """
    jobs = session.scalars(
        select(Job)
        .where(
            or_(
                (Job.state == "queued") & (Job.publish_after < func.now()) & has_its_turn(),
                (Job.state == "running") & (Job.leased_until < func.now()),
            )
        )
        .order_by(Job.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    published = [
        job for job in jobs if not (job.state == "running" and job.attempt >= max_attempts)
    ]
    given_up = [job for job in jobs if job.state == "running" and job.attempt >= max_attempts]
    for job in published:
        _publish_again(session, publisher, job)
    for job in given_up:
        _give_up(session, publisher, job)
    return Recovered(len(published), len(given_up))


def _publish_again(session: Session, publisher: Publisher, job: Job) -> None:
    wait_s = REPUBLISH_AFTER_S * 2 ** min(job.publishes, _LONGEST_WAIT_DOUBLINGS)
    job.state = "queued"
    job.leased_until = None
    job.publishes += 1
    job.publish_after = func.now() + timedelta(seconds=wait_s)
    job_id, kind = job.id, job.kind
    after_commit(session, lambda: publisher.publish(job_id, kind))


def _give_up(session: Session, publisher: Publisher, job: Job) -> None:
    error = f"its worker died {job.attempt} times"
    end_job(session, publisher, job, [Draft(Content(notice="sorry_failed"))], error=error)
