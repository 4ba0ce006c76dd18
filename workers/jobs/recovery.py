"""What housekeeping does: find jobs that nobody works on, and rows that nobody needs."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from rap_engine.memory import Concept, after_commit
from workers.jobs.outbox import add_replies
from workers.jobs.queue import REPUBLISH_AFTER_S, Publisher
from workers.jobs.tables import Job, Reply, Upload
from workers.jobs.values import Address, Content, Draft

KEEP_UPLOADS = timedelta(hours=24)
"""As long as a dialogue may wait for the name that belongs to a photo."""
KEEP_REPLIES = timedelta(days=7)
KEEP_JOBS = timedelta(days=7)
"""Ended ones, questions and answers in them: long enough to look into what failed."""
UNDO_FORGET = timedelta(hours=24)
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
                (Job.state == "queued") & (Job.publish_after < func.now()),
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
        _give_up(session, job)
    return Recovered(len(published), len(given_up))


def _publish_again(session: Session, publisher: Publisher, job: Job) -> None:
    wait_s = REPUBLISH_AFTER_S * 2 ** min(job.publishes, _LONGEST_WAIT_DOUBLINGS)
    job.state = "queued"
    job.leased_until = None
    job.publishes += 1
    job.publish_after = func.now() + timedelta(seconds=wait_s)
    job_id, kind = job.id, job.kind
    after_commit(session, lambda: publisher.publish(job_id, kind))


def _give_up(session: Session, job: Job) -> None:
    job.state = "failed"
    job.error = f"its worker died {job.attempt} times"
    job.leased_until = None
    job.finished_at = func.now()
    address = Address(job.user_id, job.channel, job.chat_id, job.message_id)
    add_replies(session, address, [Draft(Content(notice="sorry_failed"))], job.id)


def purge(session: Session) -> None:
    """Erase what is no longer needed: old photos, replies and jobs, forgotten concepts."""
    in_use = select(Job.upload_id).where(
        Job.upload_id.is_not(None), Job.state.in_(("queued", "running"))
    )
    session.execute(
        delete(Upload).where(
            Upload.created_at < func.now() - KEEP_UPLOADS, Upload.id.not_in(in_use)
        )
    )
    session.execute(
        delete(Reply).where(
            Reply.created_at < func.now() - KEEP_REPLIES,
            # On a console nobody may be there to read it; on Telegram it still goes out.
            or_(Reply.state != "pending", Reply.channel == "console"),
        )
    )
    session.execute(delete(Job).where(Job.finished_at < func.now() - KEEP_JOBS))
    session.execute(delete(Concept).where(Concept.forgotten_at < func.now() - UNDO_FORGET))
