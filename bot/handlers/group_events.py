"""What happens to a group: the bot comes and goes, people leave, the group becomes another chat.

Nobody acts here, so it runs with the system's rights.
"""

from sqlalchemy import delete, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.handlers.registry import is_ours
from bot.handlers.tables import Dialogue
from bot.intake.events import (
    BotCame,
    BotWent,
    FacelessCommand,
    GroupEvent,
    Migrated,
    PersonWent,
    Renamed,
)
from rap_engine.memory import groups
from workers.jobs.moving import move_chat, move_list
from workers.jobs.outbox import add_replies
from workers.jobs.values import Address, Content, Draft

_NOBODY = 0
"""Whom a farewell belongs to: it is kept for nobody."""


def note(session: Session, event: GroupEvent, bot_username: str, *, may_tell: bool) -> bool:
    """Follow an event. One that is told twice, or late, changes nothing more.

    Returns:
        Whether the chat was told something, which it is only if it may be.
    """
    where = (event.channel, event.chat_id)
    match event.happening:
        case BotCame():
            groups.note_presence(session, *where, is_in=True)
            if may_tell:
                _tell(session, event, "group_hello", bot=bot_username)
                return True
        case BotWent():
            groups.note_presence(session, *where, is_in=False)
        case PersonWent(external_id):
            groups.remove_member(session, *where, external_id)
        case Renamed(title):
            groups.rename_group(session, *where, title)
        case Migrated(old_chat_id, new_chat_id):
            _migrate(session, event.channel, old_chat_id, new_chat_id)
        case FacelessCommand(command, message_id):
            if may_tell and is_ours(command):
                _tell(session, event, "group_faceless", message_id)
                return True
    return False


def _tell(
    session: Session, event: GroupEvent, notice: str, message_id: int | None = None, **params: str
) -> None:
    address = Address(_NOBODY, event.channel, event.chat_id, message_id)
    content = Content(notice=notice, params=params, is_farewell=True)
    add_replies(session, address, [Draft(content)])


def _migrate(session: Session, channel: str, old_chat_id: int, new_chat_id: int) -> None:
    """Let all of the old chat be the new one's.

    Both chats may have a list: a message in the new one can be handled before the news of it, and
    so can the last ones of the old chat after that.
    """
    lists = groups.lock_groups(session, channel, (old_chat_id, new_chat_id))
    for other in lists[1:]:
        move_list(session, lists[0], other)
        groups.absorb_group(session, lists[0], other)
    groups.move_group(session, channel, old_chat_id, new_chat_id)
    move_chat(session, channel, old_chat_id, new_chat_id)
    _move_dialogues(session, channel, old_chat_id, new_chat_id)


def _move_dialogues(session: Session, channel: str, old_chat_id: int, new_chat_id: int) -> None:
    old = (Dialogue.channel == channel, Dialogue.chat_id == old_chat_id)
    columns = (Dialogue.channel, Dialogue.user_id, Dialogue.state, Dialogue.updated_at)
    moved = select(literal(new_chat_id), *columns).where(*old)
    session.execute(
        insert(Dialogue)
        .from_select(["chat_id", "channel", "user_id", "state", "updated_at"], moved)
        # Whoever has begun anew in the new chat goes on there.
        .on_conflict_do_nothing()
    )
    session.execute(delete(Dialogue).where(*old))
