"""The members of a family: their roles, removing, leaving."""

from bot.handlers import buttons
from bot.handlers.buttons import Action
from bot.handlers.context import Context
from bot.handlers.families.family import back, name_of_actor
from bot.handlers.families.letters import write_letter
from bot.handlers.families.words import as_role, person_name, with_role
from rap_engine.errors import NotAMember
from rap_engine.memory import membership
from rap_engine.memory.membership import EDITOR, VIEWER
from rap_engine.memory.seen_lists import Companion, ListSummary, family_of, member_of, members_of


def owned_family(context: Context, list_id: int) -> ListSummary:
    """Return a family that the person owns.

    Raises:
        NotAMember: they do not.
    """
    family = family_of(context.session, context.actor, list_id)
    if not family.is_owned:
        raise NotAMember(f"list {list_id}")
    return family


def members(context: Context, list_id: int) -> None:
    """Show the other members, a button each."""
    family = owned_family(context, list_id)
    others = [one for one in members_of(context.session, list_id) if one.user_id != context.user_id]
    context.put_in_place(
        "members_shown" if others else "members_none",
        buttons=(
            *(
                buttons.button(buttons.MEMBER, list_id, one.user_id, name=with_role(context, one))
                for one in others
            ),
            back(list_id),
        ),
        title=family.title,
    )


def member(context: Context, action: Action) -> None:
    """Show one member, with what the owner may do."""
    _show(context, *owned_member(context, action))


def make_editor(context: Context, action: Action) -> None:
    """Let a viewer change concepts."""
    _become(context, action, EDITOR)


def make_viewer(context: Context, action: Action) -> None:
    """Let an editor no more than see."""
    _become(context, action, VIEWER)


def remove_ask(context: Context, action: Action) -> None:
    """Ask before somebody is removed."""
    ask_about(context, action, "remove_ask", buttons.REMOVE)


def remove(context: Context, action: Action) -> None:
    """Remove somebody, who is told."""
    family, companion = owned_member(context, action)
    revoked = membership.remove_member(
        context.session, context.actor, family.list_id, companion.user_id
    )
    write_letter(context, companion, "letter_removed", list_id=family.list_id, title=family.title)
    said = context.texts.say(
        "removed", name=person_name(context, companion.name), title=family.title
    )
    context.put_text_in_place(
        _with_revoked(context, said, revoked), buttons=(back(family.list_id),)
    )


def leave_ask(context: Context, list_id: int) -> None:
    """Ask before the person leaves. An owner is told what to do instead, with buttons for it."""
    family = family_of(context.session, context.actor, list_id)
    if family.is_owned:
        _show_ways_out(context, family)
        return
    context.put_in_place(
        "leave_ask",
        buttons=(buttons.button(buttons.LEAVE, list_id), back(list_id)),
        title=family.title,
    )


def leave(context: Context, list_id: int) -> None:
    """Leave a family; its owner is told."""
    family = family_of(context.session, context.actor, list_id)
    if family.is_owned:
        context.say("owner_cannot_leave", title=family.title)
        return
    owner, name = members_of(context.session, list_id)[0], name_of_actor(context, list_id)
    membership.leave(context.session, context.actor, list_id)
    write_letter(context, owner, "letter_left", name=name, title=family.title)
    context.put_in_place("left", title=family.title)


def _show_ways_out(context: Context, family: ListSummary) -> None:
    ways = [buttons.button(buttons.DISSOLVE_ASK, family.list_id), back(family.list_id)]
    if len(members_of(context.session, family.list_id)) > 1:
        ways.insert(0, buttons.button(buttons.MEMBERS, family.list_id))
    context.put_in_place("owner_cannot_leave", buttons=tuple(ways), title=family.title)


def owned_member(context: Context, action: Action) -> tuple[ListSummary, Companion]:
    """Return a family that the person owns, and another member of it.

    Raises:
        NotAMember: they do not, or that is none.
    """
    family = owned_family(context, action.subject)
    if action.other == context.user_id:
        raise NotAMember("the owner's own membership")
    return family, member_of(context.session, action.subject, action.other)


def _become(context: Context, action: Action, role: str) -> None:
    family, companion = owned_member(context, action)
    list_id = family.list_id
    revoked = membership.change_role(
        context.session, context.actor, list_id, companion.user_id, role
    )
    if companion.role != role:
        notice = f"letter_became_{role}"
        write_letter(context, companion, notice, list_id=list_id, title=family.title)
    _show(context, family, member_of(context.session, list_id, companion.user_id), revoked)


def _with_revoked(context: Context, said: str, revoked: int) -> str:
    """Add that links which were sent out do not work any more, if there were any."""
    return f"{said} {context.texts.say('invites_ended')}" if revoked else said


def _show(context: Context, family: ListSummary, companion: Companion, revoked: int = 0) -> None:
    ids = family.list_id, companion.user_id
    other_role = buttons.MAKE_VIEWER if companion.role == EDITOR else buttons.MAKE_EDITOR
    said = context.texts.say(
        "member_shown",
        name=person_name(context, companion.name),
        role=as_role(context, companion.role),
        title=family.title,
    )
    context.put_text_in_place(
        _with_revoked(context, said, revoked),
        buttons=(
            buttons.button(other_role, *ids),
            buttons.button(buttons.HAND_OVER_ASK, *ids),
            buttons.button(buttons.REMOVE_ASK, *ids),
            buttons.button(buttons.MEMBERS, family.list_id, label="back"),
        ),
    )


def ask_about(context: Context, action: Action, question: str, yes: str) -> None:
    """Ask about a member before the owner does something that cannot be taken back at once."""
    family, companion = owned_member(context, action)
    ids = family.list_id, companion.user_id
    context.put_in_place(
        question,
        buttons=(
            buttons.button(yes, *ids),
            buttons.button(buttons.MEMBER, *ids, label="no"),
        ),
        name=person_name(context, companion.name),
        title=family.title,
    )
