"""What is said to somebody of whom nothing is written down."""

from dataclasses import replace

from sqlalchemy.orm import Session

from bot.handlers import buttons
from bot.intake.incoming import Incoming
from bot.limits.access import is_known
from workers.jobs.outbox import add_replies
from workers.jobs.values import Address, Content, Draft

_NOBODY_KNOWN = 0


def bid_farewell(session: Session, incoming: Incoming, content: Content) -> None:
    """Answer without a row about whom it is for; nothing of it is kept once it was sent."""
    sender = incoming.sender
    callback_id = incoming.tap.callback_id if incoming.tap is not None else None
    said = replace(content, callback_id=callback_id, is_farewell=True)
    here = Address(_NOBODY_KNOWN, sender.channel, sender.chat_id)
    add_replies(session, here, [Draft(said)])


def is_stale_tap(session: Session, incoming: Incoming) -> bool:
    """Say whether somebody whom the bot does not know presses a button: it was for who they were.

    Whoever has erased themselves comes back by what they write, not by a second tap. Only who is
    invited into a family may begin with one.
    """
    if incoming.tap is None or is_known(session, incoming.sender):
        return False
    is_invited = buttons.name_of(incoming.tap.data) == buttons.JOIN
    return not (is_invited and incoming.sender.is_private)
