"""Which concept a name means, where a person sees several lists; and what is said if none."""

import difflib
from collections.abc import Collection, Sequence

from bot.handlers.context import Context
from bot.handlers.families.words import list_names
from rap_engine.concept_text import NAME_LIMIT, as_title
from rap_engine.memory import Concept
from rap_engine.memory.concepts import find_all_by_name, list_concepts
from rap_engine.memory.families import writable_lists
from rap_engine.memory.people import active_list, visible_lists
from rap_engine.naming import fold

_MOST_GUESSES = 3


def read_name(argument: str) -> str:
    """Return the name that follows a command, which may stand in RAP's brackets."""
    return argument.strip().removeprefix("<").removesuffix(">").strip()


def read_pair(argument: str) -> tuple[str, str] | None:
    """Return what stands before and behind the colon; None if there is no colon or no name."""
    for separator in (": ", "\uff1a", ":"):
        before, found, behind = f"{argument} ".partition(separator)
        if found:
            name = read_name(before)
            return (name, behind.strip()) if name else None
    return None


def find_changeable(context: Context, name: str) -> Sequence[Concept]:
    """Return the concepts of a name that the person may change: the active list's first.

    If there are none, the person has been told why.
    """
    lists = writable_lists(context.session, context.actor)
    found = find_all_by_name(context.session, lists, name)
    if found:
        active = active_list(context.session, context.actor)
        return sorted(found, key=lambda concept: concept.list_id != active)
    seen = find_all_by_name(context.session, visible_lists(context.session, context.actor), name)
    if seen:
        title = list_names(context)[seen[0].list_id]
        context.say("may_not_change", name=seen[0].name, title=title)
    else:
        say_unknown(context, lists, name)
    return ()


def find_the_one(context: Context, name: str) -> Concept | None:
    """Return the concept that a name means: the active list's, or else the only one.

    If none is meant, the person has been told why.
    """
    found = find_changeable(context, name)
    active = active_list(context.session, context.actor)
    if len(found) <= 1 or found[0].list_id == active:
        return next(iter(found), None)
    titles = list_names(context)
    context.say(
        "in_several_lists",
        name=found[0].name,
        titles=", ".join(titles[concept.list_id] for concept in found),
    )
    return None


def say_unknown(context: Context, lists: Collection[int], name: str) -> None:
    """Say that nobody in these lists has a name, and who has nearly that name."""
    shown = as_title(name)
    near = _closest(context, lists, name)
    if near:
        context.say("unknown_concept_near", name=shown, near=", ".join(near))
    else:
        context.say("unknown_concept", name=shown)


def _closest(context: Context, lists: Collection[int], name: str) -> list[str]:
    concepts = list_concepts(context.session, lists)
    names = {fold(concept.name): concept.name for concept in concepts}
    guesses = difflib.get_close_matches(fold(name[:NAME_LIMIT]), names, n=_MOST_GUESSES)
    return [names[guess] for guess in guesses]
