"""/invite: links that let people into a family, seen and revoked by its owner."""

from bot.handlers import buttons
from bot.handlers.buttons import Action
from bot.handlers.context import Context
from bot.handlers.families.family import back
from bot.handlers.families.members import owned_family
from bot.handlers.families.words import as_role, role_name
from bot.intake.incoming import Command
from rap_engine.errors import NotAMember
from rap_engine.memory.invites import MOST_USES, OpenInvite, make_invite, open_invites
from rap_engine.memory.invites import revoke as revoke_
from rap_engine.memory.people import FAMILY
from rap_engine.memory.seen_lists import ListSummary, lists_of
from rap_engine.memory.tables import INVITED_ROLES
from workers.jobs.values import Content

PREFIX = "join_"
"""What a deep link's parameter begins with; the token follows."""
_ACTIONS = {"editor": buttons.INVITE_EDITOR, "viewer": buttons.INVITE_VIEWER}


def invite(context: Context, command: Command) -> None:
    """Make an invite into the family that the person owns, or ask into which."""
    asked = _read(command.argument)
    owned = [
        one
        for one in lists_of(context.session, context.actor)
        if one.is_owned and one.kind == FAMILY
    ]
    if asked is None:
        context.say("invite_how", most=str(MOST_USES))
    elif not owned:
        context.say("invite_no_family")
    else:
        _invite_to(context, owned, *asked)


def invite_editor(context: Context, action: Action) -> None:
    """Make an invite for editors; the pair is the family and how many it is for."""
    _make(context, action.subject, "editor", action.other)


def invite_viewer(context: Context, action: Action) -> None:
    """Make an invite for viewers; the pair is the family and how many it is for."""
    _make(context, action.subject, "viewer", action.other)


def invites(context: Context, list_id: int) -> None:
    """Show the open invites, a button each to revoke it."""
    family = owned_family(context, list_id)
    opened = open_invites(context.session, context.actor, list_id)
    if not opened:
        context.put_in_place("invites_none", buttons=(back(list_id),), title=family.title)
        return
    lines = [context.texts.say("invites_shown", title=family.title)]
    lines += [_line(context, number, one) for number, one in enumerate(opened, 1)]
    revokes = [
        buttons.button(buttons.REVOKE, one.invite_id, name=str(number))
        for number, one in enumerate(opened, 1)
    ]
    context.put_text_in_place("\n".join(lines), buttons=(*revokes, back(list_id)))


def revoke(context: Context, invite_id: int) -> None:
    """Revoke an invite, and show those that are left."""
    try:
        list_id = revoke_(context.session, context.actor, invite_id)
    except NotAMember:
        context.say("button_gone")
        return
    invites(context, list_id)


def _read(argument: str) -> tuple[str, int] | None:
    """Return role and number of uses of `[editor|viewer] [N]`, or None if it is not that."""
    words = argument.lower().split()
    role = words.pop(0) if words and words[0] in INVITED_ROLES else "editor"
    if not words:
        return role, 1
    uses = next((count for count in range(1, MOST_USES + 1) if words == [str(count)]), None)
    return None if uses is None else (role, uses)


def _invite_to(context: Context, owned: list[ListSummary], role: str, uses: int) -> None:
    chosen = owned if len(owned) == 1 else [one for one in owned if one.is_active]
    if chosen:
        _make(context, chosen[0].list_id, role, uses)
        return
    context.put_in_place(
        "invite_which",
        buttons=tuple(
            buttons.button(_ACTIONS[role], one.list_id, uses, label="this", name=one.title)
            for one in owned
        ),
    )


def _make(context: Context, list_id: int, role: str, uses: int) -> None:
    family = owned_family(context, list_id)
    most_uses = min(max(uses, 1), MOST_USES)
    token = make_invite(context.session, context.actor, list_id, role, most_uses)
    is_for_one = most_uses == 1
    # A message of its own, whose words no button takes away: only the link's hash is kept.
    params = {
        "link": _link(context, token),
        "title": family.title,
        "role": role_name(context, role) if is_for_one else as_role(context, role),
        "count": str(most_uses),
    }
    notice = "invited_one" if is_for_one else "invited_many"
    context.say_below(Content(notice=notice, params=params))


def _link(context: Context, token: str) -> str:
    """Return what the invited person follows: a deep link, or a line where there are none."""
    if not context.bot_username:
        return f"/start {PREFIX}{token}"
    return f"https://t.me/{context.bot_username}?start={PREFIX}{token}"


def _line(context: Context, number: int, invite: OpenInvite) -> str:
    return context.texts.say(
        "invites_item_unused" if invite.most_uses == 1 else "invites_item",
        number=number,
        role=role_name(context, invite.role),
        uses=invite.uses,
        most=invite.most_uses,
        until=f"{invite.expires_at:%Y-%m-%d %H:%M}",
    )
