"""/list, /forget and its undo."""

from collections.abc import Sequence

from bot.handlers import buttons
from bot.handlers.context import Context
from bot.handlers.families.choosing import find_changeable, read_name
from bot.handlers.families.words import list_names
from bot.intake.incoming import Command
from rap_engine.errors import NameTaken, UnknownConcept
from rap_engine.memory import Concept
from rap_engine.memory.changing import forget_concept, restore
from rap_engine.memory.concepts import ConceptSummary, list_concepts
from rap_engine.memory.seen_lists import writable_lists


def list_(context: Context) -> None:
    """Show whom and what the person's lists hold, list by list where there are several."""
    titles = list_names(context)
    concepts = list_concepts(context.session, titles)
    if not concepts:
        context.say("nothing_yet")
        return
    lines = [] if len(titles) > 1 else [context.texts.say("list_title")]
    for list_id, title in titles.items():
        held = [concept for concept in concepts if concept.list_id == list_id]
        if held and len(titles) > 1:
            lines.append(context.texts.say("list_title_of", title=title))
        lines += [_line(context, concept) for concept in held]
    context.say_text("\n".join(lines))


def forget_(context: Context, command: Command) -> None:
    """Forget a concept; where several lists have one of that name, ask which."""
    name = read_name(command.argument)
    if not name:
        context.say("forget_whom")
        return
    found = find_changeable(context, name)
    if len(found) == 1:
        _forget(context, found[0].id)
    elif found:
        _ask_which(context, found)


def forget_this(context: Context, concept_id: int) -> None:
    """Forget the chosen one of several."""
    _forget(context, concept_id)


def undo(context: Context, concept_id: int) -> None:
    """Take a `forget` back. A concept of others is not reached, whatever the id."""
    lists = writable_lists(context.session, context.actor)
    try:
        concept = restore(context.session, context.settings, lists, concept_id)
    except UnknownConcept:
        context.say("undo_too_late")
    except NameTaken as error:
        context.say("undo_name_taken", name=error.name)
    else:
        context.put_in_place("restored", name=concept.name)


def _forget(context: Context, concept_id: int) -> None:
    try:
        concept = forget_concept(
            context.session, writable_lists(context.session, context.actor), concept_id
        )
    except UnknownConcept:
        context.say("concept_gone")
        return
    titles = list_names(context)
    undo_button = buttons.button(buttons.UNDO, concept.id)
    if len(titles) > 1:
        context.put_in_place(
            "forgotten_in",
            buttons=(undo_button,),
            name=concept.name,
            title=titles[concept.list_id],
        )
    else:
        context.put_in_place("forgotten", buttons=(undo_button,), name=concept.name)


def _ask_which(context: Context, found: Sequence[Concept]) -> None:
    titles = list_names(context)
    context.put_in_place(
        "forget_which",
        buttons=tuple(
            buttons.button(buttons.FORGET, one.id, label="that_in", name=titles[one.list_id])
            for one in found
        ),
        name=found[0].name,
    )


def _line(context: Context, concept: ConceptSummary) -> str:
    count = concept.views
    photos = (
        context.texts.say("list_photos_one")
        if count == 1
        else context.texts.say("list_photos_many", count=count)
    )
    code = "list_item_info" if concept.info else "list_item"
    return context.texts.say(code, name=concept.name, photos=photos, info=concept.info)
