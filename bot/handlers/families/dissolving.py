"""Dissolving a family. What becomes of its concepts is asked first, and its members are told."""

from collections.abc import Mapping, Sequence

from bot.handlers import buttons
from bot.handlers.context import Context
from bot.handlers.families.family import back
from bot.handlers.families.letters import write_letter
from bot.handlers.families.members import owned_family
from bot.handlers.families.words import person_name, things
from rap_engine.memory import acting_as
from rap_engine.memory.families import dissolve, hold_family
from rap_engine.memory.giving_back import give_back
from rap_engine.memory.moving import Gone, move_all
from rap_engine.memory.people import personal_list
from rap_engine.memory.seen_lists import Companion, ListSummary, members_of, writable_lists
from rap_engine.memory.usage import check_room, held_in


def dissolve_ask(context: Context, list_id: int) -> None:
    """Ask what becomes of the concepts."""
    family = owned_family(context, list_id)
    actions = [buttons.DISSOLVE_TAKE, buttons.DISSOLVE_GIVE, buttons.DISSOLVE_ERASE_ASK]
    if not family.concepts:
        actions = [buttons.DISSOLVE_ERASE]
    context.put_in_place(
        "dissolve_ask" if family.concepts else "dissolve_empty_ask",
        buttons=(*(buttons.button(one, list_id) for one in actions), back(list_id)),
        title=family.title,
        what=things(context, family.concepts),
    )


def dissolve_erase_ask(context: Context, list_id: int) -> None:
    """Ask once more: what is erased is gone for good."""
    family = owned_family(context, list_id)
    context.put_in_place(
        "dissolve_erase_ask",
        buttons=(buttons.button(buttons.DISSOLVE_ERASE, list_id), back(list_id)),
        title=family.title,
        what=things(context, family.concepts),
    )


def dissolve_erase(context: Context, list_id: int) -> None:
    """Erase the family with all its concepts."""
    family, members = _held(context, list_id)
    dissolve(context.session, context.actor, list_id)
    _tell(context, family, members, {})
    context.put_in_place("dissolved", title=family.title)


def dissolve_take(context: Context, list_id: int) -> None:
    """Take all concepts into the owner's own list, then erase the family."""
    family, members = _held(context, list_id)
    lists = writable_lists(context.session, context.actor)
    target = _own_list(context)
    held = held_in(context.session, list_id)
    check_room(context.session, context.settings, target, held.concepts, held.photo_bytes)
    taken = move_all(context.session, lists, list_id, target)
    dissolve(context.session, context.actor, list_id)
    _tell(context, family, members, {})
    _say_taken(context, family, taken)


def dissolve_give(context: Context, list_id: int) -> None:
    """Give each concept that is one member's alone back to them, then erase the family.

    It writes to the lists of others, so it has the system's rights: that the person owns the family
    is seen to first.
    """
    with acting_as(context.session, context.actor):
        family, members = _held(context, list_id)
    given = give_back(
        context.session,
        context.settings,
        list_id,
        context.user_id,
        [member.user_id for member in members],
    )
    with acting_as(context.session, context.actor):
        dissolve(context.session, context.actor, list_id)
    _tell(context, family, members, given.back)
    _say_taken(context, family, given.kept, given.left)


def _held(context: Context, list_id: int) -> tuple[ListSummary, list[Companion]]:
    family = owned_family(context, list_id)
    hold_family(context.session, context.actor, list_id)
    return family, members_of(context.session, list_id)


def _own_list(context: Context) -> int:
    found = personal_list(context.session, context.actor)
    if found is None:
        raise LookupError(f"user {context.user_id} has no list of their own")
    return found


def _tell(
    context: Context,
    family: ListSummary,
    members: list[Companion],
    given: Mapping[int, Sequence[Gone]],
) -> None:
    by = next(one.name for one in members if one.user_id == context.user_id)
    for member in members:
        returned = given.get(member.user_id, [])
        write_letter(
            context,
            member,
            "letter_given_back" if returned else "letter_dissolved",
            title=family.title,
            by=person_name(context, by),
            names=", ".join(gone.name for gone in returned),
        )


def _say_taken(
    context: Context, family: ListSummary, taken: Sequence[Gone], left: Sequence[Gone] = ()
) -> None:
    names = ", ".join(gone.name for gone in taken) or context.texts.say("nothing")
    lines = [
        context.texts.say("dissolved_taken", title=family.title, names=names),
        *(
            context.texts.say("taken_renamed", was=gone.was, name=gone.name)
            for gone in taken
            if gone.is_renamed
        ),
    ]
    if left:
        lines.append(context.texts.say("left_to_you", names=", ".join(gone.name for gone in left)))
    if any(gone.lost_face for gone in taken):
        lines.append(context.texts.say("faces_stayed"))
    context.put_text_in_place("\n".join(lines))
