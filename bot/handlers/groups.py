"""What the bot does in groups: the commands and buttons that it takes there, /start and /help.

A group's list is seen by all who read the group, so only what is theirs together is done there.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.orm import Session

from bot.handlers import buttons
from bot.handlers.context import Context
from bot.intake.incoming import Command, Incoming
from rap_engine.memory.groups import ensure_group, ensure_member, is_member

COMMANDS_HERE: Final = frozenset(
    {
        "start",
        "help",
        "remember",
        "ask",
        "where",
        "list",
        "forget",
        "rename",
        "describe",
        "history",
        # An agreement that was given here could be taken back nowhere else.
        "faces",
        "cancel",
    }
)
TAPS_HERE: Final = frozenset(
    {
        buttons.UNDO,
        buttons.ADD_VIEW,
        buttons.OTHER_NAME,
        buttons.CANCEL,
        buttons.FORGET,
        buttons.OLDER,
        buttons.OLDER_OF,
        buttons.FACE_AGREE,
        buttons.FACE_DECLINE,
        buttons.FACE_ERASE,
    }
)


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


def is_ours(command: Command) -> bool:
    """Say whether a command in a group is for this bot, for all that can be known."""
    return command.is_addressed or command.name in COMMANDS_HERE


def start(context: Context) -> None:
    """Say what this is and how to begin. What a link brought along is not for a group."""
    context.say("group_hello", bot=context.bot_username)


def help_(context: Context) -> None:
    """Say what the bot can do here."""
    context.say("group_help", bot=context.bot_username)


def decline(context: Context) -> None:
    """Say where to write what is not for a group."""
    context.say("group_private", bot=context.bot_username)


COMMANDS: Mapping[str, Callable[[Context, Command], None]] = {
    "start": lambda context, _: start(context),
    "help": lambda context, _: help_(context),
}
