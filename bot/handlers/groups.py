"""Who is in a group that the bot is in, and what is said there of what is not done there.

A group's list is seen by all who read the group, so only what is theirs together is done there:
which commands and buttons these are, is said where they are registered (`in_groups`).
"""

from sqlalchemy.orm import Session

from bot.handlers.context import Context
from bot.intake.incoming import Incoming
from rap_engine.memory.groups import ensure_group, ensure_member, is_member


def enter(session: Session, incoming: Incoming, user_id: int) -> int | None:
    """Return the list of the group that a message is from; None for a private chat.

    Whoever's message arrives from a group is in it. A tap does not say that: anybody may press the
    buttons of a public group.
    """
    sender = incoming.sender
    if sender.is_private:
        return None
    list_id = ensure_group(session, sender.channel, sender.chat_id, sender.chat_title)
    if incoming.tap is None:
        ensure_member(session, list_id, user_id)
    return list_id


def is_met(context: Context) -> bool:
    """Say whether a person may act in the group of a chat, if it is one."""
    group_id = context.address.group_id
    return group_id is None or is_member(context.session, group_id, context.user_id)


def decline(context: Context) -> None:
    """Say where to write what is not for a group."""
    context.say("group_private", bot=context.bot_username)
