"""Jobs: made by a handler, taken under a lease by a worker, ended together with their replies."""

from dataclasses import asdict
from datetime import timedelta
from typing import Protocol

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from rap_engine.memory import after_commit
from rap_engine.memory.conversations import PAUSE
from rap_engine.memory.people import active_list
from workers.jobs.errors import LeaseLost, UploadGone
from workers.jobs.outbox import ERROR_LENGTH, add_replies, was_told
from workers.jobs.tables import Job, Reply, Upload
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


def take(session: Session, job_id: int, lease_s: float) -> Lease | None:
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
        _end_of_gone_group(taken)
        return None
    group_id = taken.list_id if taken.is_group else None
    return Lease(
        job_id=taken.id,
        kind=taken.kind,
        attempt=taken.attempt,
        address=Address(taken.user_id, taken.channel, taken.chat_id, taken.message_id, group_id),
        payload=taken.payload,
        upload_id=taken.upload_id,
        list_id=taken.list_id,
    )


def _end_of_gone_group(job: Job) -> None:
    job.state = "failed"
    job.error = "the group's list is gone"
    job.leased_until = None
    job.finished_at = func.now()


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
    ended = session.execute(
        update(Job)
        .where(Job.id == lease.job_id, Job.attempt == lease.attempt, Job.state == "running")
        .values(
            state="failed" if error else "done",
            error=error[:ERROR_LENGTH] if error else None,
            result=result,
            leased_until=None,
            finished_at=func.now(),
        )
        .returning(Job.id)
    )
    if ended.scalar_one_or_none() is None:
        raise LeaseLost(f"job {lease.job_id}, attempt {lease.attempt}")
    if not (error and was_told(session, lease.job_id)):
        add_replies(session, lease.address, replies, lease.job_id)
    session.execute(select(func.pg_notify(NOTIFY_CHANNEL, str(lease.job_id))))
    publish_next(session, publisher, lease.address.user_id)


def keep_upload(session: Session, user_id: int, content: bytes) -> int:
    """Keep a photo as it was sent, and return its id."""
    upload = Upload(user_id=user_id, content=content)
    session.add(upload)
    session.flush()
    return upload.id


def has_upload(session: Session, upload_id: int) -> bool:
    """Say whether a photo is still kept."""
    return session.scalar(select(Upload.id).where(Upload.id == upload_id)) is not None


def read_upload(session: Session, upload_id: int) -> bytes:
    """Return a kept photo.

    Raises:
        UploadGone: it was erased in the meantime.
    """
    upload = session.get(Upload, upload_id)
    if upload is None:
        raise UploadGone(f"upload {upload_id}")
    return upload.content


def is_remembering(session: Session, user_id: int) -> bool:
    """Say whether a worker has yet to remember something for a person."""
    query = select(Job.id).where(
        Job.user_id == user_id, Job.kind == "remember", Job.state.in_(("queued", "running"))
    )
    return session.scalar(query.limit(1)) is not None


def is_exporting(session: Session, user_id: int) -> bool:
    """Say whether a person's export is being made, or not all of it was sent yet."""
    unsent = exists().where(Reply.job_id == Job.id, Reply.state == "pending")
    query = select(Job.id).where(
        Job.user_id == user_id,
        Job.kind == _KINDS[ExportRequest],
        or_(Job.state.in_(("queued", "running")), unsent),
    )
    return session.scalar(query.limit(1)) is not None


def earlier_photo(session: Session, address: Address) -> bytes | None:
    """Return the photo that was last asked about in this conversation, as it was sent.

    In a group that is any member's: all of them have it before their eyes.
    """
    group_id = address.group_id
    is_own = Job.user_id == address.user_id if group_id is None else Job.list_id == group_id
    return session.scalar(
        select(Upload.content)
        .join(Job, Job.upload_id == Upload.id)
        .where(
            is_own,
            Job.channel == address.channel,
            Job.chat_id == address.chat_id,
            Job.kind == _KINDS[AnswerRequest],
            Job.state == "done",
            Job.created_at > func.now() - PAUSE,
        )
        .order_by(Job.id.desc())
        .limit(1)
    )
