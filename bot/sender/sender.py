"""Sends replies: claim, deliver and mark are one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from bot.errors import DeliveryError, Unclear
from bot.sender.courier import Courier
from bot.sender.failures import write_down
from bot.sender.parcels import Parcel, first_parcel
from bot.texts import catalogue_for
from config.logs import get_logger
from rap_engine.memory import Database
from workers.jobs import outbox
from workers.jobs.outbox import Outgoing
from workers.jobs.values import Content

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Delivered:
    message_id: int | None


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends the replies of one channel. Safe to call from several threads.

    A reply can go out twice only if the process dies between the courier's yes and the commit. If
    only the database does, the outcome is known here until it can be written down.
    """

    database: Database
    courier: Courier
    channel: str
    # Told, in a lane's thread, in how many seconds a reply that was put off may go out.
    wake_in: Callable[[float], None] | None = None
    # By reply and part: while one part's outcome is put away, another lane may have the next.
    _outcomes: dict[tuple[int, Parcel], "_Delivered | Unclear"] = field(default_factory=dict)

    def send_next(self, chat_id: int | None = None) -> bool:
        """Send one reply, of one chat if that is given; False if none waits."""
        with self.database.transaction() as session:
            outgoing = outbox.claim_next(session, self.channel, chat_id)
            if outgoing is None:
                return False
            packed = _packed(session, outgoing)
            if packed is None:
                return True
            parcel, rest = packed
            again_in_s = self._send(session, outgoing, parcel, rest)
        self._outcomes.pop((outgoing.reply_id, parcel), None)
        if again_in_s is not None and self.wake_in is not None:
            self.wake_in(again_in_s)
        return True

    def _send(
        self, session: Session, outgoing: Outgoing, parcel: Parcel, rest: Content | None
    ) -> float | None:
        """Send the first part of a reply and write down what became of it.

        Returns:
            Seconds after which to try again, None if there is nothing to try.
        """
        reply_id = outgoing.reply_id
        log = _log.bind(reply_id=reply_id, user_id=outgoing.user_id)
        try:
            sent_id = self._deliver(outgoing, parcel)
        except DeliveryError as error:
            return write_down(session, outgoing, error)
        except Exception as error:
            # One reply must not hold up all others.
            log.exception("reply_failed")
            outbox.give_up(session, reply_id, "failed", repr(error))
            return None
        if rest is None:
            outbox.mark_sent(session, reply_id, sent_id)
        else:
            outbox.keep_rest(session, reply_id, rest)
        return None

    def _deliver(self, outgoing: Outgoing, parcel: Parcel) -> int | None:
        """Deliver a message, unless that was done and only its commit failed."""
        part = (outgoing.reply_id, parcel)
        known = self._outcomes.get(part)
        if isinstance(known, Unclear):
            raise known
        if known is None:
            try:
                known = _Delivered(self.courier.deliver(outgoing.place, parcel))
            except Unclear as error:
                self._outcomes[part] = error
                raise
            self._outcomes[part] = known
        return known.message_id


def _packed(session: Session, outgoing: Outgoing) -> tuple[Parcel, Content | None] | None:
    """Return what to send; None if the reply cannot be put into words, which ends it."""
    try:
        return first_parcel(outgoing, catalogue_for())
    except Exception as error:  # noqa: BLE001  one reply must not hold up all others
        # A row of another version, or a sentence that lacks a parameter: the others still go out.
        _log.exception("reply_unreadable", reply_id=outgoing.reply_id, user_id=outgoing.user_id)
        outbox.give_up(session, outgoing.reply_id, "failed", repr(error))
        return None
