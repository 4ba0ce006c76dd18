"""What lists and people are called in a sentence."""

from bot.handlers.context import Context
from rap_engine.concept_text import as_title
from rap_engine.memory.seen_lists import Companion, names_of_lists


def list_names(context: Context) -> dict[int, str]:
    """Return what the lists that the person sees are called, by id: their own first.

    As in "Biscuit is in ...". No two are called the same, whatever others called theirs.
    """
    return names_of_lists(context.session, context.actor, context.texts.say("own_list"))


def person_name(context: Context, name: str | None) -> str:
    """Return how a person is called. What a channel says of people is anybody's words."""
    return as_title(name or "") or context.texts.say("somebody")


def role_name(context: Context, role: str) -> str:
    """Return what a role is called."""
    return context.texts.say(f"role.{role}")


def as_role(context: Context, role: str) -> str:
    """Return what somebody of a role is in a family, as in "you are an editor"."""
    return context.texts.say(f"as.{role}")


def things(context: Context, count: int) -> str:
    """Return how many concepts there are, in words."""
    if count == 1:
        return context.texts.say("things_one")
    return context.texts.say("things_many", count=count)


def with_role(context: Context, companion: Companion) -> str:
    """Return a member's name and role."""
    name = person_name(context, companion.name)
    return f"{name} ({role_name(context, companion.role)})"
