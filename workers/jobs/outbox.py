"""The outbox: replies are rows first, and go out one after another in each chat."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.orm import Session, aliased

from workers.jobs.tables import Reply
from workers.jobs.values import Address, Content, Draft, Place

NOTIFY_CHANNEL = "rapbot_replies"
ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply that is being sent.

    `user_id` is None for a farewell. `attempts`: how often it failed before. `age_s`: seconds since
    it was put into the outbox.
    """

    reply_id: int
    user_id: int | None
    place: Place
    content: Content
    photo: bytes | None
    attempts: int
    age_s: float


def add_replies(
    session: Session, address: Address, drafts: list[Draft], job_id: int | None = None
) -> None:
    """Put replies into the outbox and wake the sender at the commit."""
    for draft in drafts:
        reply = Reply(
            job_id=job_id,
            user_id=None if draft.content.is_farewell else address.user_id,
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
    age_s = func.extract("epoch", func.now() - Reply.created_at)
    query = (
        select(Reply, age_s)
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
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, age = found
    return Outgoing(
        reply_id=row.id,
        user_id=row.user_id,
        place=Place(row.channel, row.chat_id, row.message_id),
        content=Content.from_json(row.content),
        photo=row.photo,
        attempts=row.attempts,
        age_s=float(age),
    )


def mark_sent(session: Session, reply_id: int, sent_message_id: int | None) -> None:
    """Note that Telegram took the reply. Its photo is not kept any longer."""
    reply = session.get_one(Reply, reply_id)
    if _is_farewell(reply):
        session.delete(reply)
        return
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
    """Try the reply again later: it failed."""
    session.get_one(Reply, reply_id).attempts += 1
    wait(session, reply_id, seconds, error)


def wait(session: Session, reply_id: int, seconds: float, reason: str) -> None:
    """Try the reply again later, for no fault of its own."""
    reply = session.get_one(Reply, reply_id)
    reply.not_before = func.now() + timedelta(seconds=seconds)
    reply.error = reason[:ERROR_LENGTH]


def move(session: Session, reply_id: int, chat_id: int) -> None:
    """Send the reply, and all that wait behind it, to the chat that its chat has become.

    The messages that they answer have other ids there, so they answer none.
    """
    reply = session.get_one(Reply, reply_id)
    reply.attempts += 1
    session.flush()
    session.execute(
        update(Reply)
        .where(
            Reply.channel == reply.channel,
            Reply.chat_id == reply.chat_id,
            Reply.state == "pending",
        )
        .values(chat_id=chat_id, message_id=None)
    )


def give_up(session: Session, reply_id: int, state: str, error: str) -> None:
    """End a reply that cannot be sent (`failed`), or of which nobody knows (`uncertain`)."""
    reply = session.get_one(Reply, reply_id)
    if _is_farewell(reply):
        session.delete(reply)
        return
    reply.state = state
    reply.photo = None
    reply.attempts += 1
    reply.error = error[:ERROR_LENGTH]


def was_told(session: Session, job_id: int) -> bool:
    """Say whether a job had replies: one that an admin puts back apologises no second time."""
    return bool(session.scalar(select(exists().where(Reply.job_id == job_id))))


def busy_chats(session: Session, channel: str) -> list[int]:
    """Return the chats for which work is under way, to show "typing" there."""
    query = text(
        "SELECT DISTINCT chat_id FROM jobs WHERE channel = :channel"
        " AND state IN ('queued', 'running')"
    )
    return list(session.scalars(query, {"channel": channel}))


def _is_farewell(reply: Reply) -> bool:
    return Content.from_json(reply.content).is_farewell
