"""What is under way in a chat that became another chat: a group that became a supergroup."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workers.jobs.tables import Job, Reply


def move_chat(session: Session, channel: str, old_chat_id: int, new_chat_id: int) -> None:
    """Let the jobs and the waiting replies of a chat be those of the chat that it became.

    The messages that they answer have other ids there, so they answer none.
    """
    there = {"chat_id": new_chat_id, "message_id": None}
    session.execute(
        update(Job).where(Job.channel == channel, Job.chat_id == old_chat_id).values(there)
    )
    waiting = (
        select(Reply.id)
        .where(Reply.channel == channel, Reply.chat_id == old_chat_id, Reply.state == "pending")
        # One that is being sent is not waited for: Telegram tells its sender that the chat moved.
        .with_for_update(skip_locked=True)
    )
    session.execute(update(Reply).where(Reply.id.in_(waiting)).values(there))


def move_list(session: Session, list_id: int, other_id: int) -> None:
    """Let the jobs of a list be those of the list that takes it in."""
    session.execute(update(Job).where(Job.list_id == other_id).values(list_id=list_id))
