"""Whether a chat still waits for something."""

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from bot.intake.tables import InboxUpdate
from workers.jobs.tables import Job, Reply


def is_waiting(session: Session, channel: str, chat_id: int) -> bool:
    """Say whether an update, a job or a reply of the chat is under way.

    One query, so that nothing slips through while it moves from one table to the next.
    """
    update = exists().where(
        InboxUpdate.channel == channel,
        InboxUpdate.chat_id == chat_id,
        InboxUpdate.state == "pending",
    )
    job = exists().where(
        Job.channel == channel, Job.chat_id == chat_id, Job.state.in_(("queued", "running"))
    )
    reply = exists().where(
        Reply.channel == channel, Reply.chat_id == chat_id, Reply.state == "pending"
    )
    return bool(session.scalar(select(or_(update, job, reply))))
