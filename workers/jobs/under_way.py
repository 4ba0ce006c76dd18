"""What is under way for a person, so that it is not asked for twice."""

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from workers.jobs.tables import Job, Reply
from workers.jobs.turns import unfinished


def is_remembering(session: Session, user_id: int) -> bool:
    """Say whether a worker has yet to remember something for a person."""
    query = select(Job.id).where(Job.user_id == user_id, Job.kind == "remember", unfinished(Job))
    return session.scalar(query.limit(1)) is not None


def is_exporting(session: Session, user_id: int) -> bool:
    """Say whether a person's export is being made, or not all of it was sent yet."""
    unsent = exists().where(Reply.job_id == Job.id, Reply.state == "pending")
    query = select(Job.id).where(
        Job.user_id == user_id, Job.kind == "export", or_(unfinished(Job), unsent)
    )
    return session.scalar(query.limit(1)) is not None
