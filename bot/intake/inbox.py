"""The verbs on the inbox: store, claim the next of a chat, and end it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.intake.tables import InboxUpdate
from rap_engine.memory import Database

NOTIFY_CHANNEL = "rapbot_inbox"
_FIRST_OF_EACH_CHAT = """
WITH RECURSIVE head AS (
    (SELECT chat_id, update_id FROM inbox WHERE channel = :channel AND state = 'pending'
     ORDER BY chat_id, update_id LIMIT 1)
    UNION ALL
    SELECT later.chat_id, later.update_id FROM head CROSS JOIN LATERAL (
        SELECT chat_id, update_id FROM inbox
        WHERE channel = :channel AND state = 'pending' AND chat_id > head.chat_id
        ORDER BY chat_id, update_id LIMIT 1
    ) AS later
)
SELECT update_id FROM head
"""
"""From chat to chat through the index: a flood of one chat's is passed over, not read."""
_NO_CHAT = 0
_ERROR_LENGTH = 500
_ALBUM_REACH = 1_000
"""Updates of other chats that may lie between two photos of an album."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An update that is being handled.

    `attempts`: how often that failed before. `age_s`: seconds since it was received.
    """

    channel: str
    update_id: int
    chat_id: int
    payload: dict[str, Any]
    attempts: int
    age_s: float


def store(database: Database, channel: str, updates: Iterable[Mapping[str, Any]]) -> int:
    """Commit updates, and return how many of them are new. One that is there already is kept."""
    rows = [
        {
            "channel": channel,
            "update_id": update["update_id"],
            "chat_id": _chat_of(update),
            "payload": _storable(update),
        }
        for update in updates
    ]
    if not rows:
        return 0
    with database.transaction() as session:
        stored = session.execute(
            insert(InboxUpdate)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(InboxUpdate.update_id)
        ).all()
        session.execute(select(func.pg_notify(NOTIFY_CHANNEL, channel)))
    return len(stored)


def claim_next(session: Session, channel: str, chat_id: int | None = None) -> Claimed | None:
    """Lock the update that may be handled and waits longest; the lock ends with the transaction.

    An update waits for the earlier ones of its chat, and its own waiting begins when the one before
    it was taken up: chats take turns, however much one of them sends.
    """
    first = text(_FIRST_OF_EACH_CHAT).bindparams(channel=channel).columns(update_id=BigInteger)
    heads = first.subquery("heads")
    age_s = func.extract("epoch", func.now() - InboxUpdate.received_at)
    query = (
        select(InboxUpdate, age_s)
        .join(heads, heads.c.update_id == InboxUpdate.update_id)
        .where(
            InboxUpdate.channel == channel,
            InboxUpdate.state == "pending",
            InboxUpdate.not_before <= func.now(),
        )
        .order_by(InboxUpdate.not_before, InboxUpdate.update_id)
        .limit(1)
        .with_for_update(of=InboxUpdate, skip_locked=True)
    )
    if chat_id is not None:
        query = query.where(InboxUpdate.chat_id == chat_id)
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, age = found
    return Claimed(row.channel, row.update_id, row.chat_id, row.payload, row.attempts, float(age))


def end(session: Session, claimed: Claimed, state: str) -> None:
    """Note that an update was `handled`, `ignored`, `refused`, or `told` to a group at large."""
    session.execute(_of(claimed).values(state=state, handled_at=func.now()))
    _let_next_begin(session, claimed)


def put_off(session: Session, claimed: Claimed, seconds: float, error: str) -> None:
    """Try an update again later."""
    session.execute(
        _of(claimed).values(
            attempts=InboxUpdate.attempts + 1,
            not_before=func.now() + timedelta(seconds=seconds),
            error=error[:_ERROR_LENGTH],
        )
    )


def wait(session: Session, claimed: Claimed, seconds: float) -> None:
    """Let an update wait for its turn; nothing has failed."""
    session.execute(_of(claimed).values(not_before=func.now() + timedelta(seconds=seconds)))


def give_up(session: Session, claimed: Claimed, error: str) -> None:
    """End an update that cannot be handled."""
    session.execute(
        _of(claimed).values(
            state="failed",
            attempts=InboxUpdate.attempts + 1,
            error=error[:_ERROR_LENGTH],
            handled_at=func.now(),
        )
    )
    _let_next_begin(session, claimed)


def album_was_met(session: Session, claimed: Claimed, album_id: str) -> bool:
    """Say whether an earlier update of the chat belongs to the same album."""
    found = session.scalar(
        select(InboxUpdate.update_id)
        .where(
            InboxUpdate.channel == claimed.channel,
            InboxUpdate.chat_id == claimed.chat_id,
            InboxUpdate.update_id.between(claimed.update_id - _ALBUM_REACH, claimed.update_id - 1),
            InboxUpdate.payload["message"]["media_group_id"].astext == album_id,
        )
        .limit(1)
    )
    return found is not None


def purge(session: Session, keep: timedelta) -> None:
    """Erase updates that are done with: they hold what people wrote.

    Telegram repeats an unconfirmed update for a day; after that its id has done its work.
    """
    session.execute(
        delete(InboxUpdate).where(
            InboxUpdate.state != "pending", InboxUpdate.received_at < func.now() - keep
        )
    )


def _let_next_begin(session: Session, claimed: Claimed) -> None:
    """Begin the waiting of the chat's next update: other chats have waited meanwhile."""
    of_chat = (
        InboxUpdate.channel == claimed.channel,
        InboxUpdate.chat_id == claimed.chat_id,
        InboxUpdate.state == "pending",
    )
    next_id = select(func.min(InboxUpdate.update_id)).where(*of_chat).scalar_subquery()
    session.execute(
        update(InboxUpdate)
        .where(*of_chat, InboxUpdate.update_id == next_id)
        .values(not_before=func.greatest(InboxUpdate.not_before, func.now()))
        .execution_options(synchronize_session=False)
    )


def _of(claimed: Claimed) -> Any:
    return update(InboxUpdate).where(
        InboxUpdate.channel == claimed.channel,
        InboxUpdate.update_id == claimed.update_id,
        InboxUpdate.state == "pending",
    )


def _chat_of(payload: Mapping[str, Any]) -> int:
    """Return the chat that an update belongs to, so that its order can be kept."""
    for part in payload.values():
        if isinstance(part, dict):
            message = part.get("message", part)
            chat = message.get("chat") or part.get("from") or {}
            return int(chat.get("id", _NO_CHAT))
    return _NO_CHAT


def _storable(value: Any) -> Any:
    """Return JSON without what `jsonb` refuses: NUL and half surrogates.

    One such character would otherwise stop the intake for good.
    """
    match value:
        case str():
            whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            return whole.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        case Mapping():
            return {_storable(key): _storable(part) for key, part in value.items()}
        case list():
            return [_storable(part) for part in value]
        case _:
            return value
