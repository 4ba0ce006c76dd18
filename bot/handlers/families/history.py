"""/history: who added and changed what in the lists that are shared."""

from collections.abc import Mapping
from itertools import count

from bot.handlers import buttons
from bot.handlers.buttons import Action
from bot.handlers.context import Context
from bot.handlers.families.choosing import find_told_apart, read_name
from bot.handlers.families.words import as_role, list_names, person_name
from bot.intake.incoming import Command
from rap_engine.memory.history import Entry, Page, concepts_named
from rap_engine.memory.history import history as read
from rap_engine.memory.people import visible_lists

_MOST_CONCEPTS = 5
"""Concepts of one name whose history is shown: of several lists, or forgotten since."""
_MOST_OF_WAS = 200
"""Characters of an old info, unless the history of one concept is asked for."""
_OF_ROLES = ("founded", "joined", "left", "removed", "became")


def history(context: Context, command: Command) -> None:
    """Show the latest changes, of all shared lists or of what has a name."""
    name = read_name(command.argument)
    lists = visible_lists(context.session, context.actor)
    if not name:
        _show(context, read(context.session, lists), None)
        return
    exact = find_told_apart(context, name)
    found = concepts_named(context.session, lists, name) if exact is None else [exact]
    if not found:
        context.say("history_unknown")
    for concept_id in found[:_MOST_CONCEPTS]:
        _show(context, read(context.session, lists, concept_id=concept_id), concept_id)


def older(context: Context, before: int) -> None:
    """Show the changes before one."""
    lists = visible_lists(context.session, context.actor)
    _show(context, read(context.session, lists, before=before), None)


def older_of(context: Context, action: Action) -> None:
    """Show the changes of a concept before one; the pair is that change and the concept."""
    lists = visible_lists(context.session, context.actor)
    page = read(context.session, lists, concept_id=action.other, before=action.subject)
    _show(context, page, action.other)


def _show(context: Context, page: Page, concept_id: int | None) -> None:
    if not page.entries:
        context.put_in_place("history_none")
        return
    titles = list_names(context)
    most = None if concept_id is not None else _MOST_OF_WAS
    lines = [context.texts.say("history_shown")]
    people = _people(context, page)
    lines += [_line(context, one, titles[one.list_id], most, people) for one in page.entries]
    last = page.entries[-1].change_id
    further = (
        buttons.button(buttons.OLDER, last)
        if concept_id is None
        else buttons.button(buttons.OLDER_OF, last, concept_id, label="older")
    )
    context.put_text_in_place("\n".join(lines), buttons=(further,) if page.has_older else ())


def _people(context: Context, page: Page) -> dict[int | None, str]:
    """Return what each person of a page is called: who is out of sight by a number."""
    called: dict[int | None, str] = {None: context.texts.say("somebody_gone")}
    former = count(1)
    for entry in page.entries:
        for user_id, name in ((entry.who_id, entry.who), (entry.subject_id, entry.subject)):
            if user_id in called:
                continue
            called[user_id] = (
                context.texts.say("former_member", number=next(former))
                if name is None
                else person_name(context, name)
            )
    return called


def _line(
    context: Context,
    entry: Entry,
    title: str,
    most_of_was: int | None,
    people: Mapping[int | None, str],
) -> str:
    is_of_role = entry.action in _OF_ROLES
    name, was = entry.name, entry.was or ""
    what = context.texts.say(
        f"change.{entry.action}",
        who=people[entry.who_id],
        subject=people[entry.subject_id],
        name=as_role(context, name) if is_of_role else name,
        was=as_role(context, was) if is_of_role and was else _cut(context, was, most_of_was),
    )
    return context.texts.say(
        "history_item", at=f"{entry.at:%Y-%m-%d %H:%M}", title=title, what=what
    )


def _cut(context: Context, was: str, most: int | None) -> str:
    if not was:
        return context.texts.say("nothing")
    return was if most is None or len(was) <= most else f"{was[: most - 1]}…"
