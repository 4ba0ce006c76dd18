"""The outbox: replies are rows first, and go out one after another in each chat."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session, aliased

from workers.jobs.tables import Reply
from workers.jobs.values import Address, Content, Draft

NOTIFY_CHANNEL = "rapbot_replies"
ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply that is being sent."""

    reply_id: int
    address: Address
    content: Content
    photo: bytes | None
    attempts: int


def add_replies(
    session: Session, address: Address, drafts: list[Draft], job_id: int | None = None
) -> None:
    """Put replies into the outbox and wake the sender at the commit."""
    for draft in drafts:
        reply = Reply(
            job_id=job_id,
            user_id=address.user_id,
            channel=address.channel,
            chat_id=address.chat_id,
            message_id=address.message_id,
            content=draft.content.to_json(),
            photo=draft.photo,
        )
        session.add(reply)
        # One by one: ids must rise in the order in which a person is to read.
        session.flush()
    if drafts:
        session.execute(select(func.pg_notify(NOTIFY_CHANNEL, address.channel)))


def claim_next(session: Session, channel: str, chat_id: int | None = None) -> Outgoing | None:
    """Lock the next reply that may go out; the lock ends with the transaction.

    A reply waits for the earlier ones of its chat. A sender that dies lets go of the lock, so its
    reply is sent by the next one.
    """
    earlier = aliased(Reply)
    blocked = exists().where(
        earlier.channel == Reply.channel,
        earlier.chat_id == Reply.chat_id,
        earlier.state == "pending",
        earlier.id < Reply.id,
    )
    query = (
        select(Reply)
        .where(
            Reply.channel == channel,
            Reply.state == "pending",
            Reply.not_before <= func.now(),
            ~blocked,
        )
        .order_by(Reply.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if chat_id is not None:
        query = query.where(Reply.chat_id == chat_id)
    row = session.scalar(query)
    if row is None:
        return None
    return Outgoing(
        reply_id=row.id,
        address=Address(row.user_id, row.channel, row.chat_id, row.message_id),
        content=Content.from_json(row.content),
        photo=row.photo,
        attempts=row.attempts,
    )


def mark_sent(session: Session, reply_id: int, sent_message_id: int | None) -> None:
    """Note that Telegram took the reply. Its photo is not kept any longer."""
    reply = session.get_one(Reply, reply_id)
    reply.state = "sent"
    reply.sent_message_id = sent_message_id
    reply.photo = None
    reply.sent_at = func.now()


def keep_rest(session: Session, reply_id: int, rest: Content) -> None:
    """Note that a part of a long reply was sent: the rest goes out next, under the same id."""
    reply = session.get_one(Reply, reply_id)
    reply.content = rest.to_json()
    reply.photo = None
    reply.attempts = 0


def put_off(session: Session, reply_id: int, seconds: float, error: str) -> None:
    """Try the reply again later."""
    reply = session.get_one(Reply, reply_id)
    reply.attempts += 1
    reply.not_before = func.now() + timedelta(seconds=seconds)
    reply.error = error[:ERROR_LENGTH]


def give_up(session: Session, reply_id: int, state: str, error: str) -> None:
    """End a reply that cannot be sent (`failed`), or of which nobody knows (`uncertain`)."""
    reply = session.get_one(Reply, reply_id)
    reply.state = state
    reply.attempts += 1
    reply.error = error[:ERROR_LENGTH]


def busy_chats(session: Session, channel: str) -> list[int]:
    """Return the chats for which work is under way, to show "typing" there."""
    query = text(
        "SELECT DISTINCT chat_id FROM jobs WHERE channel = :channel"
        " AND state IN ('queued', 'running')"
    )
    return list(session.scalars(query, {"channel": channel}))
