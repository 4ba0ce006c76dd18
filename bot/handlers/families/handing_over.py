"""A family is offered to a member, and changes hands when that member accepts."""

from bot.handlers import buttons
from bot.handlers.buttons import Action
from bot.handlers.context import Context
from bot.handlers.families.family import back, name_of_actor
from bot.handlers.families.letters import write_letter
from bot.handlers.families.members import ask_about, owned_member
from bot.handlers.families.words import person_name
from rap_engine.memory import membership
from rap_engine.memory.seen_lists import Companion, family_of, members_of


def hand_over_ask(context: Context, action: Action) -> None:
    """Ask before a family is offered."""
    ask_about(context, action, "hand_over_ask", buttons.HAND_OVER_SURE)


def hand_over_sure(context: Context, action: Action) -> None:
    """Ask once more: only the new owner could undo it."""
    ask_about(context, action, "hand_over_sure", buttons.HAND_OVER)


def hand_over(context: Context, action: Action) -> None:
    """Offer a family to a member, who is asked."""
    family, companion = owned_member(context, action)
    list_id = family.list_id
    if membership.offer(context.session, context.actor, list_id, companion.user_id):
        write_letter(
            context,
            companion,
            "letter_offered",
            list_id=list_id,
            buttons=(
                buttons.button(buttons.OFFER_ACCEPT, list_id),
                buttons.button(buttons.OFFER_DECLINE, list_id, label="no"),
            ),
            title=family.title,
            by=name_of_actor(context, list_id),
        )
    name = person_name(context, companion.name)
    context.put_in_place("offered", buttons=(back(list_id),), name=name, title=family.title)


def accept(context: Context, list_id: int) -> None:
    """Take over a family that is offered to the person; who owned it is told."""
    owner = _owner(context, list_id)
    membership.accept(context.session, list_id)
    family = family_of(context.session, context.actor, list_id)
    _tell(context, owner, "letter_accepted", list_id)
    context.put_in_place("accepted", buttons=(back(list_id),), title=family.title)


def decline(context: Context, list_id: int) -> None:
    """Say no to a family; its owner is told."""
    owner = _owner(context, list_id)
    membership.decline(context.session, list_id)
    _tell(context, owner, "letter_declined", list_id)
    context.put_in_place("declined", title=family_of(context.session, context.actor, list_id).title)


def _owner(context: Context, list_id: int) -> Companion:
    """Return the owner of a family that the person is in.

    Raises:
        NotAMember: they are not.
    """
    family_of(context.session, context.actor, list_id)
    return members_of(context.session, list_id)[0]


def _tell(context: Context, owner: Companion, notice: str, list_id: int) -> None:
    write_letter(
        context,
        owner,
        notice,
        name=name_of_actor(context, list_id),
        title=family_of(context.session, context.actor, list_id).title,
    )
