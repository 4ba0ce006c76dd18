"""Queue: jobs that wait and run."""

from bot.administration.work import Waiting, count_unfinished, unfinished
from bot.handlers.admin.overview import back, refresh
from bot.handlers.admin.pages import age, fitting, show
from bot.handlers.admin.people import to_people
from bot.handlers.admin.topic import Topic
from bot.handlers.context import Context

QUEUE = "adm_queue"
_MOST = 20


def queue(context: Context) -> None:
    """Show the oldest unfinished jobs: whose and how old, never what is in them."""
    counts = count_unfinished(context.session)
    say, jobs = context.texts.say, unfinished(context.session, _MOST)
    lines = [say("admin_queue", waiting=counts["queued"], running=counts["running"])]
    if jobs:
        lines += [say("admin_queue_oldest", most=_MOST), *(_line(context, job) for job in jobs)]
    people = to_people(job.user_id for job in jobs)
    show(context, fitting(context, lines), *people, refresh(QUEUE), back())


def _line(context: Context, job: Waiting) -> str:
    return context.texts.say(
        "admin_queue_item",
        job=job.job_id,
        kind=job.kind,
        state=job.state,
        age=age(job.age),
        attempt=job.attempt,
        user=job.user_id,
    )


TOPIC = Topic(
    shows={"queue": lambda context, _: queue(context)},
    shows_on_tap={QUEUE: lambda context, _: queue(context)},
    entrance=QUEUE,
)
