"""The outbox: replies are rows first, and go out one after another in each chat."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    bindparam,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from workers.jobs.tables import Reply
from workers.jobs.values import Address, Content, Draft, Place

NOTIFY_CHANNEL = "rapbot_replies"
ERROR_LENGTH = 500
_IS_FIRST_OF_ITS_CHAT = """
replies.id = ANY (ARRAY(WITH RECURSIVE head AS (
    (SELECT chat_id, id FROM replies WHERE channel = :channel AND state = 'pending'
     ORDER BY chat_id, id LIMIT 1)
    UNION ALL
    SELECT later.chat_id, later.id FROM head CROSS JOIN LATERAL (
        SELECT chat_id, id FROM replies
        WHERE channel = :channel AND state = 'pending' AND chat_id > head.chat_id
        ORDER BY chat_id, id LIMIT 1
    ) AS later
)
SELECT id FROM head))
"""
"""From chat to chat through the index, as in the inbox: what waits behind is not read."""
_PENDING: BindParameter[str] = bindparam(None, "pending", literal_execute=True)
"""Written out: a partial index is used for what it literally says."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply that is being sent.

    `user_id` is None for a farewell. `attempts`: how often it failed before. `age_s`: seconds since
    it was put into the outbox. `written` is its content as its row has it.
    """

    reply_id: int
    user_id: int | None
    place: Place
    written: dict[str, Any]
    photo: bytes | None
    attempts: int
    age_s: float

    @property
    def content(self) -> Content:
        """What it says.

        Raises:
            TypeError, AttributeError: another version wrote it, and this one cannot read it.
        """
        return Content.from_json(self.written)


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
    age_s = func.extract("epoch", func.now() - Reply.created_at)
    query = (
        select(Reply, age_s)
        .where(
            Reply.channel == channel,
            Reply.state == "pending",
            Reply.not_before <= func.now(),
            text(_IS_FIRST_OF_ITS_CHAT).bindparams(channel=channel),
        )
        .order_by(Reply.id)
        .limit(1)
        .with_for_update(of=Reply, skip_locked=True)
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
        written=row.content,
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


def has_many_waiting(session: Session, channel: str, chat_id: int, many: int) -> bool:
    """Say whether so many replies of a chat have not gone out yet."""
    waiting = select(Reply.id).where(
        Reply.channel == channel, Reply.chat_id == chat_id, Reply.state == _PENDING
    )
    return len(session.scalars(waiting.limit(many)).all()) == many


def _is_farewell(reply: Reply) -> bool:
    """Say whether a reply belongs to nobody, whether its content can be read or not."""
    return reply.user_id is None
