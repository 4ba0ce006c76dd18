"""/move and /copy: a concept goes to another list, which is chosen by a button."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.handlers import buttons
from bot.handlers.buttons import Action
from bot.handlers.context import Context
from bot.handlers.families.choosing import (
    find_all_meant,
    find_changeable,
    read_name,
    say_unknown,
)
from bot.handlers.families.words import list_names
from bot.intake.incoming import Command
from rap_engine.errors import NameTaken, UnknownConcept
from rap_engine.memory import Concept, moving
from rap_engine.memory.concepts import get_concept
from rap_engine.memory.people import visible_lists
from rap_engine.memory.seen_lists import writable_lists
from rap_engine.memory.usage import check_room


@dataclass(frozen=True, slots=True)
class _Verb:
    """How moving and copying differ: in their sentences and buttons."""

    whom: str
    which: str
    where: str
    done: str
    which_action: str
    action: str


_MOVE = _Verb("move_whom", "move_which", "move_where", "moved", buttons.MOVE_WHICH, buttons.MOVE)
_COPY = _Verb("copy_whom", "copy_which", "copy_where", "copied", buttons.COPY_WHICH, buttons.COPY)


def move(context: Context, command: Command) -> None:
    """Ask where a concept shall be moved. The person must be able to change it."""
    name = read_name(command.argument)
    _begin(context, _MOVE, name, find_changeable(context, name) if name else ())


def copy(context: Context, command: Command) -> None:
    """Ask where a concept shall be copied. To see it is enough: it could be photographed, too."""
    name = read_name(command.argument)
    lists = visible_lists(context.session, context.actor)
    found = find_all_meant(context, lists, name) if name else ()
    if name and not found:
        say_unknown(context, lists, name)
    _begin(context, _COPY, name, found)


def move_which(context: Context, concept_id: int) -> None:
    """Ask where the chosen one of several shall be moved."""
    _chosen(context, _MOVE, writable_lists(context.session, context.actor), concept_id)


def copy_which(context: Context, concept_id: int) -> None:
    """Ask where the chosen one of several shall be copied."""
    _chosen(context, _COPY, list(visible_lists(context.session, context.actor)), concept_id)


def move_to(context: Context, action: Action) -> None:
    """Move; the pair is the concept and the list."""
    lists = writable_lists(context.session, context.actor)
    try:
        _check_room(context, lists, action)
        gone = moving.move(context.session, lists, action.subject, action.other)
    except (UnknownConcept, NameTaken) as error:
        _failed(context, action, error)
    else:
        _done(context, _MOVE, action, gone)


def copy_to(context: Context, action: Action) -> None:
    """Copy; the pair is the concept and the list."""
    visible = list(visible_lists(context.session, context.actor))
    lists = writable_lists(context.session, context.actor)
    try:
        _check_room(context, visible, action)
        gone = moving.copy(
            context.session, context.user_id, visible, lists, action.subject, action.other
        )
    except (UnknownConcept, NameTaken) as error:
        _failed(context, action, error)
    else:
        _done(context, _COPY, action, gone)


def _begin(context: Context, verb: _Verb, name: str, found: Sequence[Concept]) -> None:
    if not name:
        context.say(verb.whom)
    elif len(found) == 1:
        _ask_where(context, verb, found[0])
    elif found:
        titles = list_names(context)
        context.put_in_place(
            verb.which,
            buttons=tuple(
                buttons.button(verb.which_action, one.id, label="that_in", name=titles[one.list_id])
                for one in found
            ),
            name=found[0].name,
        )


def _chosen(context: Context, verb: _Verb, lists: list[int], concept_id: int) -> None:
    try:
        concept = get_concept(context.session, lists, concept_id)
    except UnknownConcept:
        context.say("concept_gone")
    else:
        _ask_where(context, verb, concept)


def _ask_where(context: Context, verb: _Verb, concept: Concept) -> None:
    titles = list_names(context)
    targets = [
        list_id
        for list_id in writable_lists(context.session, context.actor)
        if list_id != concept.list_id
    ]
    if not targets:
        context.say("nowhere_else")
        return
    context.put_in_place(
        verb.where,
        buttons=tuple(
            buttons.button(verb.action, concept.id, target, label="to", name=titles[target])
            for target in sorted(targets, key=list(titles).index)
        ),
        name=concept.name,
        title=titles[concept.list_id],
    )


def _check_room(context: Context, lists: list[int], action: Action) -> None:
    session, settings = context.session, context.settings
    size = moving.photo_bytes_of(session, lists, action.subject)
    check_room(session, settings, action.other, photo_bytes=size)


def _failed(context: Context, action: Action, error: UnknownConcept | NameTaken) -> None:
    if isinstance(error, UnknownConcept):
        context.say("concept_gone")
    else:
        context.say("name_taken_there", name=error.name, title=list_names(context)[action.other])


def _done(context: Context, verb: _Verb, action: Action, gone: moving.Gone) -> None:
    title = list_names(context)[action.other]
    said = context.texts.say(verb.done, name=gone.name, title=title)
    if gone.lost_face:
        said = f"{said} {context.texts.say('face_stayed', name=gone.name)}"
    context.put_text_in_place(said)
