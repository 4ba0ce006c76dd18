"""Jobs: made by a handler, taken under a lease by a worker, ended together with their replies."""

from dataclasses import asdict
from datetime import timedelta
from typing import Protocol

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from rap_engine.memory import after_commit
from rap_engine.memory.people import active_list
from workers.jobs.errors import LeaseLost
from workers.jobs.outbox import ERROR_LENGTH, add_replies, was_told
from workers.jobs.tables import Job
from workers.jobs.turns import REPUBLISH_AFTER_S, call_next, has_its_turn, is_free, lock_turns
from workers.jobs.values import (
    Address,
    AnswerRequest,
    Draft,
    ExportRequest,
    FaceRequest,
    JobRequest,
    Lease,
    RememberRequest,
)

NOTIFY_CHANNEL = "rapbot_jobs"
_KINDS = {
    RememberRequest: "remember",
    AnswerRequest: "answer",
    FaceRequest: "face",
    ExportRequest: "export",
}


class Publisher(Protocol):
    """Tells a worker that a job is there. May lose the message: housekeeping sends it again."""

    def publish(self, job_id: int, kind: str) -> None:
        """Send the job's id on its way. Never raises."""


def enqueue(
    session: Session,
    publisher: Publisher,
    address: Address,
    request: JobRequest,
    upload_id: int | None = None,
) -> int:
    """Make a job. Once the transaction is committed its id is published, if it is its turn."""
    kind = _KINDS[type(request)]
    lock_turns(session, address.user_id)
    is_first = is_free(session, address.user_id)
    job = Job(
        kind=kind,
        user_id=address.user_id,
        list_id=active_list(session, address.actor),
        is_group=address.group_id is not None,
        channel=address.channel,
        chat_id=address.chat_id,
        message_id=address.message_id,
        payload=asdict(request),
        upload_id=upload_id,
        publishes=int(is_first),
        # Housekeeping may publish one that waits as soon as it has its turn.
        publish_after=func.now() + timedelta(seconds=REPUBLISH_AFTER_S if is_first else 0),
    )
    session.add(job)
    session.flush()
    job_id = job.id
    if is_first:
        after_commit(session, lambda: publisher.publish(job_id, kind))
    return job_id


def publish_next(session: Session, publisher: Publisher, user_id: int) -> None:
    """Publish the person's next job, if one waits, once the transaction is committed.

    For whoever ends a job, or puts one back.
    """
    called = call_next(session, user_id)
    if called is not None:
        after_commit(session, lambda: publisher.publish(*called))


def take(session: Session, publisher: Publisher, job_id: int, lease_s: float) -> Lease | None:
    """Take a queued job, or one whose worker is dead; None if it is neither or not its turn.

    A job of a group whose list is gone ends here: nobody's eyes are left to do it with.
    """
    taken = session.execute(
        update(Job)
        .where(
            Job.id == job_id,
            or_(
                Job.state == "queued",
                (Job.state == "running") & (Job.leased_until < func.now()),
            ),
            has_its_turn(),
        )
        .values(
            state="running",
            attempt=Job.attempt + 1,
            leased_until=func.now() + timedelta(seconds=lease_s),
            started_at=func.coalesce(Job.started_at, func.now()),
        )
        .returning(Job)
    ).scalar_one_or_none()
    if taken is None:
        return None
    if taken.is_group and taken.list_id is None:
        end_job(session, publisher, taken, [], error="the group's list is gone")
        return None
    return Lease(
        job_id=taken.id,
        kind=taken.kind,
        attempt=taken.attempt,
        address=_address_of(taken),
        payload=taken.payload,
        upload_id=taken.upload_id,
        list_id=taken.list_id,
    )


def renew(session: Session, lease: Lease, lease_s: float) -> bool:
    """Beat the heart of a job; False if the job is no longer this holder's."""
    renewed = session.execute(
        update(Job)
        .where(Job.id == lease.job_id, Job.attempt == lease.attempt, Job.state == "running")
        .values(leased_until=func.now() + timedelta(seconds=lease_s))
        .returning(Job.id)
    )
    return renewed.scalar_one_or_none() is not None


def finish(
    session: Session,
    publisher: Publisher,
    lease: Lease,
    replies: list[Draft],
    *,
    result: dict[str, object] | None = None,
    error: str | None = None,
) -> None:
    """End a job, put its replies into the outbox, and call for the person's next job.

    Raises:
        LeaseLost: the job is no longer this holder's; nothing may be committed.
    """
    held = session.scalar(
        select(Job)
        .where(Job.id == lease.job_id, Job.attempt == lease.attempt, Job.state == "running")
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if held is None:
        raise LeaseLost(f"job {lease.job_id}, attempt {lease.attempt}")
    end_job(session, publisher, held, replies, result=result, error=error)


def end_job(
    session: Session,
    publisher: Publisher,
    job: Job,
    replies: list[Draft],
    *,
    result: dict[str, object] | None = None,
    error: str | None = None,
) -> None:
    """End a job whose row is locked, tell who waits for it, and call for the person's next one.

    One that an admin put back apologises no second time.
    """
    _close(job, error, result)
    session.flush()
    if not (error and was_told(session, job.id)):
        add_replies(session, _address_of(job), replies, job.id)
    _tell_ended(session, job.id)
    publish_next(session, publisher, job.user_id)


def drop_waiting(session: Session, user_id: int) -> int:
    """End a person's jobs that no worker has begun, without a word, and return how many."""
    waiting = session.scalars(
        select(Job)
        .where(Job.user_id == user_id, Job.state == "queued")
        .order_by(Job.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    for job in waiting:
        _close(job, "dropped", None)
        _tell_ended(session, job.id)
    session.flush()
    return len(waiting)


def _close(job: Job, error: str | None, result: dict[str, object] | None) -> None:
    job.state = "failed" if error else "done"
    job.error = error[:ERROR_LENGTH] if error else None
    job.result = result
    job.leased_until = None
    job.finished_at = func.now()


def _tell_ended(session: Session, job_id: int) -> None:
    session.execute(select(func.pg_notify(NOTIFY_CHANNEL, str(job_id))))


def _address_of(job: Job) -> Address:
    group_id = job.list_id if job.is_group else None
    return Address(job.user_id, job.channel, job.chat_id, job.message_id, group_id)
