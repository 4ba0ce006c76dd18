"""/list, /forget and its undo."""

import difflib

from bot.handlers import buttons
from bot.handlers.context import Context
from bot.intake.incoming import Command
from rap_engine.concept_text import NAME_LIMIT
from rap_engine.errors import NameTaken, UnknownConcept
from rap_engine.memory.concepts import (
    ConceptSummary,
    forget,
    list_concepts,
    restore,
)
from rap_engine.memory.people import active_list, visible_lists
from rap_engine.naming import fold

_MOST_GUESSES = 3


def list_(context: Context) -> None:
    """Show whom and what the person's lists hold."""
    lists = visible_lists(context.session, context.actor)
    concepts = list_concepts(context.session, lists)
    if not concepts:
        context.say("nothing_yet")
        return
    lines = [context.texts.say("list_title")]
    context.say_text("\n".join([*lines, *(_line(context, concept) for concept in concepts)]))


def forget_(context: Context, command: Command) -> None:
    """Forget a concept of the person's own list."""
    name = command.argument.removeprefix("<").removesuffix(">").strip()
    if not name:
        context.say("forget_whom")
        return
    list_id = active_list(context.session, context.actor)
    try:
        concept = forget(context.session, [list_id], name)
    except UnknownConcept:
        _unknown(context, list_id, name)
        return
    undo_button = buttons.button(buttons.UNDO, concept.id)
    context.say("forgotten", buttons=(undo_button,), name=concept.name)


def undo(context: Context, concept_id: int) -> None:
    """Take a `forget` back. A concept of others is not reached, whatever the id."""
    list_id = active_list(context.session, context.actor)
    try:
        concept = restore(context.session, [list_id], concept_id)
    except UnknownConcept:
        context.say("undo_too_late")
    except NameTaken as error:
        context.say("undo_name_taken", name=error.name)
    else:
        context.put_in_place("restored", name=concept.name)


def _line(context: Context, concept: ConceptSummary) -> str:
    count = concept.views
    photos = (
        context.texts.say("list_photos_one")
        if count == 1
        else context.texts.say("list_photos_many", count=count)
    )
    code = "list_item_info" if concept.info else "list_item"
    return context.texts.say(code, name=concept.name, photos=photos, info=concept.info)


def _unknown(context: Context, list_id: int, name: str) -> None:
    shown = name if len(name) <= NAME_LIMIT else name[: NAME_LIMIT - 1] + "…"
    near = _closest(name, list_concepts(context.session, [list_id]))
    if near:
        context.say("unknown_concept_near", name=shown, near=", ".join(near))
    else:
        context.say("unknown_concept", name=shown)


def _closest(name: str, concepts: list[ConceptSummary]) -> list[str]:
    names = {fold(concept.name): concept.name for concept in concepts}
    guesses = difflib.get_close_matches(fold(name[:NAME_LIMIT]), names, n=_MOST_GUESSES)
    return [names[guess] for guess in guesses]
