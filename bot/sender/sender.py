"""Sends replies: claim, deliver and mark are one transaction."""

from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.orm import Session

from bot.errors import TryLater, Unclear, Undeliverable
from bot.patience import backoff_s
from bot.sender.parcels import Parcel, first_parcel
from bot.texts import catalogue_for
from config.logs import get_logger
from rap_engine.memory import Database
from workers.jobs import outbox
from workers.jobs.outbox import Outgoing
from workers.jobs.values import Address

_log = get_logger(__name__)


class Courier(Protocol):
    """Brings one message to a chat of a channel."""

    def deliver(self, address: Address, parcel: Parcel) -> int | None:
        """Deliver a message and return its id in the chat, if it has one.

        Raises:
            TryLater: it certainly did not arrive.
            Undeliverable: it never will.
            Unclear: it may have arrived.
        """


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
    # By reply and part: while one part's outcome is put away, another lane may have the next.
    _outcomes: dict[tuple[int, Parcel], "_Delivered | Unclear"] = field(default_factory=dict)

    def send_next(self, chat_id: int | None = None) -> bool:
        """Send one reply, of one chat if that is given; False if none waits."""
        with self.database.transaction() as session:
            outgoing = outbox.claim_next(session, self.channel, chat_id)
            if outgoing is None:
                return False
            parcel = self._send(session, outgoing)
        self._outcomes.pop((outgoing.reply_id, parcel), None)
        return True

    def _send(self, session: Session, outgoing: Outgoing) -> Parcel:
        """Send the first part of a reply, write down what became of it, and return that part."""
        parcel, rest = first_parcel(outgoing, catalogue_for())
        reply_id = outgoing.reply_id
        log = _log.bind(reply_id=reply_id, user_id=outgoing.address.user_id)
        try:
            sent_id = self._deliver(outgoing, parcel)
        except TryLater as error:
            wait_s = error.after_s or backoff_s(outgoing.attempts + 1)
            log.warning("reply_put_off", reason=str(error), wait_s=round(wait_s, 1))
            outbox.put_off(session, reply_id, wait_s, str(error))
        except Unclear as error:
            log.warning("reply_uncertain", reason=str(error))
            outbox.give_up(session, reply_id, "uncertain", str(error))
        except Undeliverable as error:
            log.warning("reply_failed", reason=str(error))
            outbox.give_up(session, reply_id, "failed", str(error))
        except Exception as error:
            # One reply must not hold up all others.
            log.exception("reply_failed")
            outbox.give_up(session, reply_id, "failed", repr(error))
        else:
            if rest is None:
                outbox.mark_sent(session, reply_id, sent_id)
            else:
                outbox.keep_rest(session, reply_id, rest)
        return parcel

    def _deliver(self, outgoing: Outgoing, parcel: Parcel) -> int | None:
        """Deliver a message, unless that was done and only its commit failed."""
        part = (outgoing.reply_id, parcel)
        known = self._outcomes.get(part)
        if isinstance(known, Unclear):
            raise known
        if known is None:
            try:
                known = _Delivered(self.courier.deliver(outgoing.address, parcel))
            except Unclear as error:
                self._outcomes[part] = error
                raise
            self._outcomes[part] = known
        return known.message_id
