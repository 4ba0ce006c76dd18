"""Stats: numbers about all people together."""

from bot.administration.statistics import Spread, Statistics, read_statistics
from bot.handlers.admin.overview import back, refresh
from bot.handlers.admin.pages import megabytes, show
from bot.handlers.admin.topic import Topic
from bot.handlers.context import Context

STATS = "adm_stats"


def stats(context: Context) -> None:
    """Count everything and show it."""
    found = read_statistics(context.session)
    show(context, _text(context, found), refresh(STATS), back())


def _text(context: Context, found: Statistics) -> str:
    say = context.texts.say
    lines = [
        say(
            "admin_stats_people",
            people=found.people,
            day=found.active_day,
            week=found.active_week,
            families=found.families,
            groups=found.groups,
        ),
        say(
            "admin_stats_stored",
            concepts=found.concepts,
            views=found.views,
            photos=megabytes(found.photo_bytes),
            database=megabytes(found.database_bytes),
        ),
        say("admin_stats_jobs", day=found.jobs_day, week=found.jobs_week),
        say(
            "admin_stats_times",
            waiting=_times(context, found.waiting),
            running=_times(context, found.running),
        ),
        say("admin_stats_replies", pending=found.replies_pending, failed=found.replies_failed),
    ]
    if found.errors:
        errors = ", ".join(f"{kind} {count}" for kind, count in found.errors.items())
        lines.append(say("admin_stats_errors", errors=errors))
    return "\n".join(lines)


def _times(context: Context, spread: Spread) -> str:
    if spread.median_s is None or spread.most_s is None:
        return context.texts.say("admin_none")
    return f"{spread.median_s:.1f} s / {spread.most_s:.1f} s"


TOPIC = Topic(
    shows={"stats": lambda context, _: stats(context)},
    shows_on_tap={STATS: lambda context, _: stats(context)},
    entrance=STATS,
)
