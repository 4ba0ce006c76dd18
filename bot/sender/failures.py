"""What becomes of a reply that did not go out. No reply holds up its chat for ever."""

from sqlalchemy.orm import Session

from bot.errors import ChatMoved, DeliveryError, TryLater, Unclear, Unreachable
from bot.patience import backoff_s
from config.logs import get_logger
from workers.jobs import outbox
from workers.jobs.outbox import Outgoing

_log = get_logger(__name__)
_MOST_ATTEMPTS = 10
"""With the growing waits between them these are about two minutes."""
_OLDEST_S = 24 * 3600.0
_LONGEST_WAIT_S = 24 * 3600.0


def write_down(session: Session, outgoing: Outgoing, error: DeliveryError) -> float | None:
    """Note the failure, and return in how many seconds to try again; None if never.

    A failure counts, and so many end the reply. That the network is away or that a chat has to wait
    is no failure of the reply: only its age ends it then.
    """
    if not isinstance(error, ChatMoved | TryLater) or _is_hopeless(outgoing, error):
        state = "uncertain" if isinstance(error, Unclear) else "failed"
        _log.warning(f"reply_{state}", **_ids(outgoing), reason=str(error))
        outbox.give_up(session, outgoing.reply_id, state, str(error))
        return None
    if isinstance(error, ChatMoved):
        _log.info("chat_moved", **_ids(outgoing), chat_id=error.chat_id)
        outbox.move(session, outgoing.reply_id, error.chat_id)
        return 0.0
    return _put_off(session, outgoing, error)


def _is_hopeless(outgoing: Outgoing, error: ChatMoved | TryLater) -> bool:
    if _is_blameless(error):
        return outgoing.age_s > _OLDEST_S
    return outgoing.attempts + 1 >= _MOST_ATTEMPTS


def _is_blameless(error: ChatMoved | TryLater) -> bool:
    told_to_wait = isinstance(error, TryLater) and error.after_s is not None
    return told_to_wait or isinstance(error, Unreachable)


def _put_off(session: Session, outgoing: Outgoing, error: TryLater) -> float:
    wait_s = _wait_s(outgoing, error)
    put_off = outbox.wait if _is_blameless(error) else outbox.put_off
    put_off(session, outgoing.reply_id, wait_s, str(error))
    # A chat that has to wait is the order of the day; who makes it wait says so.
    tell = _log.warning if error.after_s is None else _log.debug
    tell("reply_put_off", **_ids(outgoing), reason=str(error), wait_s=round(wait_s, 1))
    return wait_s


def _wait_s(outgoing: Outgoing, error: TryLater) -> float:
    if error.after_s is not None:
        return min(error.after_s, _LONGEST_WAIT_S)
    if isinstance(error, Unreachable):
        # Nothing is counted, so the wait grows with the reply's age instead.
        return backoff_s(1 + int(outgoing.age_s).bit_length())
    return backoff_s(outgoing.attempts + 1)


def _ids(outgoing: Outgoing) -> dict[str, int | None]:
    return {"reply_id": outgoing.reply_id, "user_id": outgoing.user_id}
