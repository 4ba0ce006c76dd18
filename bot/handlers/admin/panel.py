"""/admin, /retrain, /runs and their buttons. Nobody gets past this file who is no admin now.

To everybody else a command is one that the bot does not know, and a button is one that no longer
works. The handlers behind it have the system's own rights.
"""

from collections.abc import Callable, Mapping

from bot.administration.admins import is_admin
from bot.handlers.admin import (
    admins,
    broadcast,
    failures,
    logbook,
    maintenance,
    people,
    queue,
    quotas,
    serving,
    stats,
    training,
    training_runs,
)
from bot.handlers.admin.overview import OVERVIEW, overview
from bot.handlers.admin.topic import OfTap, OfWords, Topic, person_of
from bot.handlers.context import Context
from bot.handlers.specs import CommandSpec, Rights, TapSpec, on_id
from bot.intake.incoming import Command

TOPICS: tuple[Topic, ...] = (
    stats.TOPIC,
    queue.TOPIC,
    failures.TOPIC,
    people.TOPIC,
    quotas.TOPIC,
    broadcast.TOPIC,
    maintenance.TOPIC,
    serving.TOPIC,
    training_runs.TOPIC,
    training.TOPIC,
    logbook.TOPIC,
    admins.TOPIC,
)
"""A further topic is a file of its own, and a line here."""
_ENTRANCES = tuple(topic.entrance for topic in TOPICS if topic.entrance)
WORDS: Mapping[str, OfWords] = {word: run for topic in TOPICS for word, run in topic.words.items()}
ACTIONS: Mapping[str, OfTap] = {
    OVERVIEW: lambda context, _: overview(context, _ENTRANCES),
    **{action: run for topic in TOPICS for action, run in topic.taps.items()},
}
_ALSO_COMMANDS = ("retrain", "runs")
"""Words after /admin that are commands of their own, too."""
_MOST_WORDS = 2


def _is_for(context: Context) -> bool:
    """Say whether the panel is for who wrote or tapped, here and now."""
    is_private = context.incoming.sender.is_private
    return is_private and is_admin(context.session, context.settings, person_of(context))


def admin(context: Context, command: Command) -> None:
    """Do what the words after /admin say; without any, or with unknown ones, show the overview."""
    if not _is_for(context):
        context.say("unknown_command")
        return
    run, rest = _find(command.argument)
    if run is None:
        overview(context, _ENTRANCES)
    else:
        run(context, rest)


def _find(argument: str) -> tuple[OfWords | None, str]:
    """Return what the first two words or the first word name, and what follows them."""
    for count in range(_MOST_WORDS, 0, -1):
        parts = argument.split(maxsplit=count)
        run = WORDS.get(" ".join(parts[:count]).lower())
        if run is not None:
            return run, parts[count] if len(parts) > count else ""
    return None, ""


def _as_command(run: OfWords) -> Callable[[Context, Command], None]:
    def guarded(context: Context, command: Command) -> None:
        if _is_for(context):
            run(context, command.argument)
        else:
            context.say("unknown_command")

    return guarded


def _guarded(run: OfTap) -> OfTap:
    def guarded(context: Context, subject: int) -> None:
        if _is_for(context):
            run(context, subject)
        else:
            context.say("button_gone")

    return guarded


COMMANDS = tuple(
    CommandSpec(name, run, rights=Rights.THE_SYSTEMS, is_hidden=True)
    for name, run in (
        ("admin", admin),
        *((word, _as_command(WORDS[word])) for word in _ALSO_COMMANDS),
    )
)
TAPS = tuple(
    TapSpec(action, on_id(_guarded(run)), rights=Rights.THE_SYSTEMS)
    for action, run in ACTIONS.items()
)
"""All of it has the system's rights: an admin acts for that, and not as a person with lists."""
