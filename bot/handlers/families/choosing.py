"""Which concept a name means, where a person sees several lists; and what is said if none."""

import difflib
from collections.abc import Collection, Sequence

from bot.handlers.context import Context
from bot.handlers.families.words import list_names
from rap_engine.concept_text import NAME_LIMIT, as_title
from rap_engine.memory import Concept
from rap_engine.memory.concepts import (
    ConceptSummary,
    find_all_by_name,
    get_concept,
    list_concepts,
)
from rap_engine.memory.people import active_list, personal_list, visible_lists
from rap_engine.memory.seen_lists import writable_lists
from rap_engine.namesakes import owners, told_apart
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
    found = find_all_meant(context, lists, name)
    if found:
        active = active_list(context.session, context.actor)
        return sorted(found, key=lambda concept: concept.list_id != active)
    seen = find_all_meant(context, _seen(context), name)
    if seen:
        title = list_names(context)[seen[0].list_id]
        context.say("may_not_change", name=seen[0].name, title=title)
    else:
        say_unknown(context, lists, name)
    return ()


def find_the_one(context: Context, name: str) -> Concept | None:
    """Return the one concept that a name means.

    If none or several are meant, the person has been told, and what to write instead.
    """
    found = find_changeable(context, name)
    if len(found) <= 1:
        return next(iter(found), None)
    called = _names(context, list_concepts(context.session, _seen(context)))
    context.say(
        "in_several_lists",
        name=found[0].name,
        names=", ".join(called[concept.id] for concept in found),
    )
    return None


def find_all_meant(context: Context, lists: Collection[int], name: str) -> Sequence[Concept]:
    """Return the concepts of these lists that a name means, the oldest first.

    What answers call a concept means that one alone, even if another's own name is spelt so.
    """
    exact = find_told_apart(context, name)
    if exact is None:
        return find_all_by_name(context.session, lists, name)
    concept = get_concept(context.session, _seen(context), exact)
    return [concept] if concept.list_id in lists else []


def find_told_apart(context: Context, name: str) -> int | None:
    """Return the concept that answers call so to tell it from another; None if there is none."""
    concepts = list_concepts(context.session, _seen(context))
    plain = {one.concept_id: one.name for one in concepts}
    wanted = fold(name)
    return next(
        (
            concept_id
            for concept_id, called in _names(context, concepts).items()
            if called != plain[concept_id] and fold(called) == wanted
        ),
        None,
    )


def say_unknown(context: Context, lists: Collection[int], name: str) -> None:
    """Say that nobody in these lists has a name, and who has nearly that name."""
    shown = as_title(name)
    near = _closest(context, lists, name)
    if near:
        context.say("unknown_concept_near", name=shown, near=", ".join(near))
    else:
        context.say("unknown_concept", name=shown)


def _seen(context: Context) -> dict[int, str]:
    return visible_lists(context.session, context.actor)


def _names(context: Context, concepts: Sequence[ConceptSummary]) -> dict[int, str]:
    """Return what answers call all the concepts that the person sees, by id."""
    called = owners(_seen(context), personal_list(context.session, context.actor))
    return told_apart(concepts, called)


def _closest(context: Context, lists: Collection[int], name: str) -> list[str]:
    concepts = list_concepts(context.session, lists)
    names = {fold(concept.name): concept.name for concept in concepts}
    guesses = difflib.get_close_matches(fold(name[:NAME_LIMIT]), names, n=_MOST_GUESSES)
    return [names[guess] for guess in guesses]
