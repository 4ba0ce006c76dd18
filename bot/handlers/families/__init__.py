"""Families: lists that several people share, who is in them, and what goes from list to list."""

from collections.abc import Callable, Mapping

from bot.handlers import buttons
from bot.handlers.buttons import Action
from bot.handlers.context import Context
from bot.handlers.families import (
    amending,
    dissolving,
    family,
    history,
    inviting,
    joining,
    lists,
    members,
    moving,
)
from bot.intake.incoming import Command

COMMANDS: Mapping[str, Callable[[Context, Command], None]] = {
    "family": family.family,
    "invite": inviting.invite,
    "lists": lambda context, _: lists.lists(context),
    "move": moving.move,
    "copy": moving.copy,
    "rename": amending.rename,
    "describe": amending.describe,
    "history": history.history,
}
TAPS: Mapping[str, Callable[[Context, int], None]] = {
    buttons.FAMILY: family.family_,
    buttons.MEMBERS: members.members,
    buttons.LEAVE_ASK: members.leave_ask,
    buttons.LEAVE: members.leave,
    buttons.INVITES: inviting.invites,
    buttons.REVOKE: inviting.revoke,
    buttons.JOIN_NOT: joining.join_not,
    buttons.USE_LIST: lists.use,
    buttons.DISSOLVE_ASK: dissolving.dissolve_ask,
    buttons.DISSOLVE_ERASE_ASK: dissolving.dissolve_erase_ask,
    buttons.DISSOLVE_ERASE: dissolving.dissolve_erase,
    buttons.DISSOLVE_TAKE: dissolving.dissolve_take,
    buttons.DISSOLVE_GIVE: dissolving.dissolve_give,
    buttons.MOVE_WHICH: moving.move_which,
    buttons.COPY_WHICH: moving.copy_which,
    buttons.OLDER: history.older,
}
WHOLE_TAPS: Mapping[str, Callable[[Context, Action], None]] = {
    buttons.JOIN: joining.join,
    buttons.MEMBER: members.member,
    buttons.MAKE_EDITOR: members.make_editor,
    buttons.MAKE_VIEWER: members.make_viewer,
    buttons.REMOVE_ASK: members.remove_ask,
    buttons.REMOVE: members.remove,
    buttons.HAND_OVER_ASK: members.hand_over_ask,
    buttons.HAND_OVER_SURE: members.hand_over_sure,
    buttons.HAND_OVER: members.hand_over,
    buttons.INVITE_EDITOR: inviting.invite_editor,
    buttons.INVITE_VIEWER: inviting.invite_viewer,
    buttons.MOVE: moving.move_to,
    buttons.COPY: moving.copy_to,
    buttons.OLDER_OF: history.older_of,
}
"""Taps that carry more than one id."""
WITH_THE_SYSTEMS_RIGHTS = frozenset({buttons.DISSOLVE_GIVE})
