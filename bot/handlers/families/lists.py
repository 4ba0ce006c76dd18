"""/lists: which lists somebody sees, and which of them takes new concepts."""

from bot.handlers import buttons
from bot.handlers.context import Context
from bot.handlers.families.words import as_role, list_names
from rap_engine.memory.families import use_list
from rap_engine.memory.seen_lists import ListSummary, lists_of


def lists(context: Context) -> None:
    """Show the lists, a button each to make it the active one."""
    found, names = lists_of(context.session, context.actor), list_names(context)
    lines = [context.texts.say("lists_shown")]
    lines += [_line(context, one, names[one.list_id]) for one in found]
    if len(found) == 1:
        lines.append(context.texts.say("lists_only_own"))
    choices = tuple(
        buttons.button(buttons.USE_LIST, one.list_id, name=names[one.list_id])
        for one in found
        if one.is_writable and not one.is_active
    )
    context.put_text_in_place("\n".join(lines), buttons=choices)


def use(context: Context, list_id: int) -> None:
    """Make a list the active one, and show the lists."""
    use_list(context.session, context.actor, list_id)
    lists(context)


def _line(context: Context, summary: ListSummary, name: str) -> str:
    code = "lists_item_active" if summary.is_active else "lists_item"
    return context.texts.say(
        code,
        title=name,
        count=summary.concepts,
        role=as_role(context, summary.role),
    )
