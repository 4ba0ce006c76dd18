"""What others are told of: a letter goes to their own chat with the bot.

A handler acts for one person, who has no right to put a reply into the chat of another. So it
writes letters, and the router posts them once the handler has ended well.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.handlers.context import Context
from rap_engine.memory.families import Companion
from workers.jobs.outbox import add_replies
from workers.jobs.values import Address, Content, Draft

_LETTERS = "letters"


@dataclass(frozen=True, slots=True)
class _Letter:
    address: Address
    content: Content


def write_letter(context: Context, to: Companion, notice: str, **params: str) -> None:
    """Tell a companion something, unless that is the person who acts."""
    if to.user_id != context.user_id:
        letter = _Letter(_own_chat(to), Content(notice=notice, params=params))
        context.session.info.setdefault(_LETTERS, []).append(letter)


def post_letters(session: Session) -> None:
    """Put the letters that were written into the outbox, with the system's rights."""
    for letter in session.info.pop(_LETTERS, []):
        add_replies(session, letter.address, [Draft(letter.content)])


def _own_chat(to: Companion) -> Address:
    """Return the private chat of a person: on Telegram it has the person's own number."""
    chat_id = int(to.external_id) if to.channel == "telegram" else to.user_id
    return Address(to.user_id, to.channel, chat_id)
