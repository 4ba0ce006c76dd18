"""/family: the families that somebody is in, and founding one."""

from collections.abc import Sequence

from bot.handlers import buttons
from bot.handlers.context import Context
from bot.handlers.families.choosing import read_pair
from bot.handlers.families.words import as_role, list_names, person_name, with_role
from bot.intake.incoming import Command
from rap_engine.concept_text import as_title, clean_name
from rap_engine.errors import NameTaken
from rap_engine.memory.families import found_family, rename_family
from rap_engine.memory.people import FAMILY
from rap_engine.memory.seen_lists import ListSummary, family_of, lists_of, members_of
from rap_engine.naming import fold
from workers.jobs.values import Button


def family(context: Context, command: Command) -> None:
    """Show the families that the person is in or the one that is named; found it; rename it."""
    families = [one for one in lists_of(context.session, context.actor) if one.kind == FAMILY]
    if command.argument:
        _named(context, families, command.argument)
        return
    if not families:
        context.say("family_none")
    for one in families:
        show_family(context, one)


def family_(context: Context, list_id: int) -> None:
    """Show one family in place of what was tapped."""
    show_family(context, family_of(context.session, context.actor, list_id))


def show_family(context: Context, family: ListSummary) -> None:
    """Show a family, with what the person may do as buttons."""
    members = members_of(context.session, family.list_id)
    text = context.texts.say(
        "family_shown",
        title=family.title,
        role=as_role(context, family.role),
        members=", ".join(with_role(context, one) for one in members),
        concepts=family.concepts,
    )
    if family.is_active:
        text = f"{text}\n{context.texts.say('family_is_active')}"
    context.put_text_in_place(text, buttons=_buttons(context, family, len(members)))


def use_button(context: Context, family: ListSummary) -> tuple[Button, ...]:
    """Return the button that makes a list the active one, if the person may and it is not."""
    if family.is_active or not family.is_writable:
        return ()
    name = list_names(context)[family.list_id]
    return (buttons.button(buttons.USE_LIST, family.list_id, name=name),)


def _named(context: Context, families: Sequence[ListSummary], argument: str) -> None:
    """Rename by `OLD: NEW`; show the family of that name; or else found it."""
    called = _called(context, families, argument)
    said = read_pair(argument)
    if called:
        for one in called:
            show_family(context, one)
    elif said is not None:
        _rename(context, [one for one in _called(context, families, said[0]) if one.is_owned], said)
    else:
        _found(context, clean_name(argument))


def _called(context: Context, families: Sequence[ListSummary], name: str) -> list[ListSummary]:
    """Return the families that are called so in sentences, or else have that title."""
    names = list_names(context)
    exact = [one for one in families if fold(names[one.list_id]) == fold(name)]
    return exact or [one for one in families if fold(one.title) == fold(name)]


def _rename(context: Context, owned: Sequence[ListSummary], said: tuple[str, str]) -> None:
    if not owned:
        context.say("family_rename_how", title=as_title(said[0]))
        return
    title = clean_name(said[1])
    try:
        rename_family(context.session, context.actor, owned[0].list_id, title)
    except NameTaken as error:
        context.say("family_name_taken", title=error.name)
    else:
        context.say("family_renamed", was=owned[0].title, title=title)


def _found(context: Context, title: str) -> None:
    try:
        list_id = found_family(context.session, context.actor, title)
    except NameTaken as error:
        context.say("family_name_taken", title=error.name)
        return
    founded = family_of(context.session, context.actor, list_id)
    context.put_in_place("family_founded", buttons=_buttons(context, founded, 1), title=title)


def _buttons(context: Context, family: ListSummary, members: int) -> tuple[Button, ...]:
    list_id = family.list_id
    if not family.is_owned:
        return (*use_button(context, family), buttons.button(buttons.LEAVE_ASK, list_id))
    others = (buttons.button(buttons.MEMBERS, list_id),) if members > 1 else ()
    # Who owns it cannot leave, and is told the ways out.
    return (
        *use_button(context, family),
        buttons.button(buttons.INVITE_EDITOR, list_id, 1),
        buttons.button(buttons.INVITE_VIEWER, list_id, 1),
        buttons.button(buttons.INVITES, list_id),
        *others,
        buttons.button(buttons.LEAVE_ASK, list_id),
        buttons.button(buttons.DISSOLVE_ASK, list_id),
    )


def back(list_id: int) -> Button:
    """Return the button that leads back to a family."""
    return buttons.button(buttons.FAMILY, list_id, label="back")


def name_of_actor(context: Context, list_id: int) -> str:
    """Return how the other members know the person who acts."""
    for member in members_of(context.session, list_id):
        if member.user_id == context.user_id:
            return person_name(context, member.name)
    return person_name(context, None)
