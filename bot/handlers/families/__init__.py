"""Families: lists that several people share, who is in them, and what goes from list to list."""

from bot.handlers import buttons
from bot.handlers.buttons import Arity
from bot.handlers.families import (
    amending,
    dissolving,
    family,
    handing_over,
    history,
    inviting,
    joining,
    lists,
    members,
    moving,
)
from bot.handlers.specs import CommandSpec, Rights, TapSpec, bare, on_id

COMMANDS = (
    CommandSpec("family", family.family),
    CommandSpec("invite", inviting.invite),
    CommandSpec("lists", bare(lists.lists)),
    CommandSpec("move", moving.move),
    CommandSpec("copy", moving.copy),
    CommandSpec("rename", amending.rename, in_groups=True),
    CommandSpec("describe", amending.describe, in_groups=True),
    CommandSpec("history", history.history, in_groups=True),
)
TAPS = (
    TapSpec(buttons.FAMILY, on_id(family.family_)),
    TapSpec(buttons.MEMBERS, on_id(members.members)),
    TapSpec(buttons.MEMBER, members.member, Arity.PAIR),
    TapSpec(buttons.MAKE_EDITOR, members.make_editor, Arity.PAIR),
    TapSpec(buttons.MAKE_VIEWER, members.make_viewer, Arity.PAIR),
    TapSpec(buttons.REMOVE_ASK, members.remove_ask, Arity.PAIR),
    TapSpec(buttons.REMOVE, members.remove, Arity.PAIR),
    TapSpec(buttons.HAND_OVER_ASK, handing_over.hand_over_ask, Arity.PAIR),
    TapSpec(buttons.HAND_OVER_SURE, handing_over.hand_over_sure, Arity.PAIR),
    TapSpec(buttons.HAND_OVER, handing_over.hand_over, Arity.PAIR),
    TapSpec(buttons.OFFER_ACCEPT, on_id(handing_over.accept)),
    TapSpec(buttons.OFFER_DECLINE, on_id(handing_over.decline)),
    TapSpec(buttons.LEAVE_ASK, on_id(members.leave_ask)),
    TapSpec(buttons.LEAVE, on_id(members.leave)),
    TapSpec(buttons.INVITE_EDITOR, inviting.invite_editor, Arity.PAIR),
    TapSpec(buttons.INVITE_VIEWER, inviting.invite_viewer, Arity.PAIR),
    TapSpec(buttons.INVITES, on_id(inviting.invites)),
    TapSpec(buttons.REVOKE, on_id(inviting.revoke)),
    TapSpec(buttons.JOIN, joining.join, Arity.BEARER),
    TapSpec(buttons.JOIN_NOT, on_id(joining.join_not)),
    TapSpec(buttons.USE_LIST, on_id(lists.use)),
    TapSpec(buttons.DISSOLVE_ASK, on_id(dissolving.dissolve_ask)),
    TapSpec(buttons.DISSOLVE_ERASE_ASK, on_id(dissolving.dissolve_erase_ask)),
    TapSpec(buttons.DISSOLVE_ERASE, on_id(dissolving.dissolve_erase)),
    TapSpec(buttons.DISSOLVE_TAKE, on_id(dissolving.dissolve_take)),
    TapSpec(buttons.DISSOLVE_GIVE, on_id(dissolving.dissolve_give), rights=Rights.THE_SYSTEMS),
    TapSpec(buttons.MOVE_WHICH, on_id(moving.move_which)),
    TapSpec(buttons.COPY_WHICH, on_id(moving.copy_which)),
    TapSpec(buttons.MOVE, moving.move_to, Arity.PAIR),
    TapSpec(buttons.COPY, moving.copy_to, Arity.PAIR),
    TapSpec(buttons.OLDER, on_id(history.older), in_groups=True),
    TapSpec(buttons.OLDER_OF, history.older_of, Arity.PAIR, in_groups=True),
)
