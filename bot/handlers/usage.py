"""/usage: what of which limit is used."""

from collections.abc import Iterator

from sqlalchemy import select

from bot.handlers.context import Context
from bot.handlers.specs import CommandSpec, bare
from bot.limits.quotas import in_words
from bot.limits.usage import DayOfJobs, day_of_list, day_of_person, waiting_of
from rap_engine.memory import ConceptList
from rap_engine.memory.people import PERSONAL, visible_lists
from rap_engine.memory.usage import held_in, most_held


def usage(context: Context) -> None:
    """Show the person's day, and each list that they see from here."""
    lists = visible_lists(context.session, context.actor)
    parts = ["\n".join(_person(context))]
    parts += ["\n".join(_list(context, list_id)) for list_id in lists]
    context.say_text("\n\n".join(parts))


def _person(context: Context) -> Iterator[str]:
    day = day_of_person(context.session, context.settings, context.user_id)
    if context.is_admin:
        yield context.texts.say("usage_day_of_admin", used=day.used)
    else:
        yield from _day(context, day)
    waiting = waiting_of(context.session, context.user_id)
    most = context.settings.most_waiting_jobs
    yield context.texts.say("usage_waiting", waiting=waiting, most=most)


def _list(context: Context, list_id: int) -> Iterator[str]:
    session, settings, texts = context.session, context.settings, context.texts
    kind, title = session.execute(
        select(ConceptList.kind, ConceptList.title).where(ConceptList.id == list_id)
    ).one()
    held, most = held_in(session, list_id), most_held(session, settings, list_id)
    yield texts.say("usage_own_list") if kind == PERSONAL else texts.say("usage_list", title=title)
    yield texts.say("usage_concepts", used=held.concepts, most=most.concepts)
    yield texts.say("usage_storage", used=held.mb, most=most.mb)
    day = day_of_list(session, settings, list_id)
    if day.most is not None:
        yield from _day(context, day)


def _day(context: Context, day: DayOfJobs) -> Iterator[str]:
    yield context.texts.say("usage_day", used=day.used, most=day.most)
    if day.free_in is not None:
        yield context.texts.say("usage_next", wait=in_words(day.free_in))


COMMANDS = (CommandSpec("usage", bare(usage)),)
