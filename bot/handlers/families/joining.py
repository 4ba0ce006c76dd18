"""A deep link of an invite: what it offers is shown before anybody joins.

The button carries the token itself, and so joining asks for the same proof as the link does: an
invite's number, which could be guessed, is of no use.
"""

from bot.handlers import buttons
from bot.handlers.buttons import Action
from bot.handlers.context import Context
from bot.handlers.families.family import name_of_actor, use_button
from bot.handlers.families.letters import write_letter
from bot.handlers.families.words import as_role, person_name
from rap_engine.memory.invites import join as join_
from rap_engine.memory.invites import read_invite
from rap_engine.memory.seen_lists import family_of, members_of


def offer(context: Context, token: str) -> None:
    """Show into what an invite leads, and ask."""
    invitation = read_invite(context.session, token)
    if invitation.is_member:
        context.say("member_before", title=invitation.title)
        return
    context.put_in_place(
        "join_offer",
        buttons=(
            buttons.token_button(buttons.JOIN, token),
            buttons.button(buttons.JOIN_NOT, 0, label="no"),
        ),
        title=invitation.title,
        role=as_role(context, invitation.role),
        by=person_name(context, invitation.invited_by),
        may=context.texts.say(f"may.{invitation.role}"),
    )


def join(context: Context, action: Action) -> None:
    """Join the family that the token leads into; its owner is told."""
    joined = join_(context.session, action.token)
    family = family_of(context.session, context.actor, joined.list_id)
    if not joined.is_new:
        context.put_in_place("member_before", title=family.title)
        return
    owner = members_of(context.session, family.list_id)[0]
    write_letter(
        context,
        owner,
        "letter_joined",
        name=name_of_actor(context, family.list_id),
        role=as_role(context, family.role),
        title=family.title,
    )
    context.put_in_place("joined", buttons=use_button(context, family), title=family.title)


def join_not(context: Context, _subject: int) -> None:
    """Leave it."""
    context.put_in_place("join_not")
