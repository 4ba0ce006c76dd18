"""A message to everybody: drafted, sent a few at a time, stopped; each person gets it once."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from bot.administration import audit
from bot.administration.person import TELEGRAM
from bot.administration.tables import Broadcast
from rap_engine.memory import User
from workers.jobs.outbox import add_replies
from workers.jobs.tables import Reply
from workers.jobs.values import Address, Content, Draft


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast is. `left` people have yet to get it."""

    broadcast_id: int
    state: str
    sent: int
    left: int


def draft(session: Session, by: str, words: str) -> Progress:
    """Keep what an admin wants to say, in place of their last draft."""
    session.execute(delete(Broadcast).where(Broadcast.created_by == by, Broadcast.state == "draft"))
    broadcast = Broadcast(channel=TELEGRAM, text=words, created_by=by)
    session.add(broadcast)
    session.flush()
    audit.note(session, by, "broadcast_drafted", f"broadcast:{broadcast.id}")
    return Progress(broadcast.id, "draft", 0, _count_left(session, broadcast))


def send(session: Session, by: str, broadcast_id: int) -> Progress | None:
    """Let a draft of one's own go out; None if it is none any more."""
    broadcast = session.get(Broadcast, broadcast_id, with_for_update=True)
    if broadcast is None or (broadcast.state, broadcast.created_by) != ("draft", by):
        return None
    broadcast.state = "running"
    receivers = _count_left(session, broadcast)
    audit.note(session, by, "broadcast_sent", f"broadcast:{broadcast_id}", receivers=receivers)
    return Progress(broadcast_id, "running", 0, receivers)


def stop(session: Session, by: str, broadcast_id: int) -> Progress | None:
    """Let a broadcast go out to nobody else; None if it does not go out now."""
    broadcast = session.get(Broadcast, broadcast_id, with_for_update=True)
    if broadcast is None or broadcast.state != "running":
        return None
    broadcast.state = "stopped"
    broadcast.ended_at = func.now()
    sent, left = broadcast.sent, _count_left(session, broadcast)
    audit.note(session, by, "broadcast_stopped", f"broadcast:{broadcast_id}", sent=sent)
    return Progress(broadcast_id, "stopped", sent, left)


def recent(session: Session, limit: int) -> list[Progress]:
    """Return the latest broadcasts that were sent, the latest first."""
    found = session.scalars(
        select(Broadcast)
        .where(Broadcast.state != "draft")
        .order_by(Broadcast.id.desc())
        .limit(limit)
    )
    return [Progress(b.id, b.state, b.sent, _count_left(session, b)) for b in found]


def purge(session: Session, keep: timedelta) -> None:
    """Erase broadcasts that ended longer ago than `keep`, and drafts as old that nobody sent."""
    was_last = func.coalesce(Broadcast.ended_at, Broadcast.created_at)
    session.execute(
        delete(Broadcast).where(Broadcast.state != "running", was_last < func.now() - keep)
    )


def put_some_out(session: Session, limit: int, most_due: int) -> bool:
    """Put the oldest running broadcast into the outbox of its next receivers.

    A few at a time: a reply that waits in the outbox holds up the later ones of its chat, so nobody
    has this one there long before it can be sent.

    Args:
        session: the system's own.
        limit: people.
        most_due: chats of the channel whose next reply could go out; with more of them this waits.

    Returns:
        Whether a broadcast is running. One that was stopped or is in other hands is not.
    """
    broadcast = session.scalar(
        select(Broadcast)
        .where(Broadcast.state == "running")
        .order_by(Broadcast.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if broadcast is None:
        return False
    if _count_due(session, broadcast.channel) <= most_due:
        _put_out(session, broadcast, limit)
    return True


def _put_out(session: Session, broadcast: Broadcast, limit: int) -> None:
    people = session.execute(
        select(User.id, User.external_id).where(*_left(broadcast)).order_by(User.id).limit(limit)
    ).all()
    staying = _held(session, broadcast, [user_id for user_id, _ in people])
    for user_id, number in people:
        if user_id not in staying:
            # Who is being erased; the next round begins there, when it is known how that ended.
            return
        # Somebody's private chat has their own number.
        address = Address(user_id, broadcast.channel, int(number))
        add_replies(session, address, [Draft(Content(text=broadcast.text))])
        broadcast.after_user_id = user_id
        broadcast.sent += 1
    if len(people) < limit:
        broadcast.state = "done"
        broadcast.ended_at = func.now()


def _held(session: Session, broadcast: Broadcast, user_ids: list[int]) -> frozenset[int]:
    """Return those whom nobody erases now, and keep it so until the transaction ends."""
    held = select(User.id).where(User.id.in_(user_ids), *_left(broadcast))
    locked = held.with_for_update(key_share=True, read=True, skip_locked=True)
    return frozenset(session.scalars(locked))


def _left(broadcast: Broadcast) -> tuple[ColumnElement[bool], ...]:
    return (
        User.channel == broadcast.channel,
        User.id > broadcast.after_user_id,
        User.access != "blocked",
    )


def _count_left(session: Session, broadcast: Broadcast) -> int:
    return session.scalars(select(func.count(User.id)).where(*_left(broadcast))).one()


def _count_due(session: Session, channel: str) -> int:
    """Count the chats whose next reply may go out: a chat that has to wait keeps nobody waiting."""
    pending = (Reply.channel == channel, Reply.state == "pending")
    heads = select(func.min(Reply.id)).where(*pending).group_by(Reply.chat_id)
    due = (Reply.id.in_(heads), Reply.not_before <= func.now())
    return session.scalars(select(func.count(Reply.id)).where(*due)).one()
