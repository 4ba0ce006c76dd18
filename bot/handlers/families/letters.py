"""What others are told of: a letter goes to their own chat with the bot.

A handler acts for one person, who has no right to put a reply into the chat of another. So it
writes letters, and the router posts them once the handler has ended well.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.handlers.context import Context
from rap_engine.memory import User
from rap_engine.memory.seen_lists import Companion
from workers.jobs.outbox import add_replies
from workers.jobs.tables import Reply
from workers.jobs.values import Address, Button, Content, Draft

_LETTERS = "letters"
_REMEMBERED = timedelta(hours=1)
"""How long somebody is thought to know what a letter said of how they stand in a family."""


@dataclass(frozen=True, slots=True)
class _Letter:
    user_id: int
    content: Content
    is_standing: bool


def write_letter(
    context: Context,
    to: Companion,
    notice: str,
    *,
    list_id: int | None = None,
    buttons: tuple[Button, ...] = (),
    **params: str,
) -> None:
    """Tell a companion something, unless that is the person who acts.

    Args:
        context: of the person who acts.
        to: who is told.
        notice: the catalogue's code of the sentence.
        list_id: the family, where the letter says how somebody stands in it: it takes the place of
            one that was not read yet, and what they were told last is not repeated.
        buttons: what they may do about it.
        params: what the sentence is filled with.
    """
    if to.user_id == context.user_id:
        return
    if list_id is not None:
        params["list_id"] = str(list_id)
    content = Content(notice=notice, params=params, buttons=buttons)
    letter = _Letter(to.user_id, content, is_standing=list_id is not None)
    context.session.info.setdefault(_LETTERS, []).append(letter)


def post_letters(session: Session) -> None:
    """Put the letters that were written into the outbox, with the system's rights."""
    for letter in session.info.pop(_LETTERS, []):
        address = _own_chat(session, letter.user_id)
        if not letter.is_standing or _replaces(session, letter, address):
            add_replies(session, address, [Draft(letter.content)])


def _replaces(session: Session, letter: _Letter, address: Address) -> bool:
    """Take back what waits and is not true any more; False if the letter says nothing new."""
    params = letter.content.params or {}
    about_it = (
        Reply.user_id == address.user_id,
        Reply.channel == address.channel,
        Reply.chat_id == address.chat_id,
        Reply.content["params"]["list_id"].astext == params["list_id"],
    )
    # One that is being sent at this moment is locked, and counts as sent.
    waiting = select(Reply.id).where(*about_it, Reply.state == "pending")
    stale = session.scalars(waiting.with_for_update(skip_locked=True)).all()
    if stale:
        session.execute(delete(Reply).where(Reply.id.in_(stale)))
    last = session.scalar(
        select(Reply.content)
        .where(*about_it, Reply.created_at > func.now() - _REMEMBERED)
        .order_by(Reply.id.desc())
        .limit(1)
    )
    # What they are asked is asked again: they may have said no the last time.
    return bool(letter.content.buttons) or last != letter.content.to_json()


def _own_chat(session: Session, user_id: int) -> Address:
    """Return the private chat of a person: on Telegram it has the person's own number.

    Nobody who acts for another sees that.
    """
    user = session.get_one(User, user_id)
    chat_id = int(user.external_id) if user.channel == "telegram" else user.id
    return Address(user.id, user.channel, chat_id)
