"""Queue: jobs that wait and run."""

from bot.administration.work import Waiting, count_unfinished, unfinished
from bot.handlers import buttons
from bot.handlers.admin.overview import back
from bot.handlers.admin.pages import age, fitting, show
from bot.handlers.admin.topic import Topic
from bot.handlers.context import Context

QUEUE = "adm_queue"
_MOST = 20


def queue(context: Context) -> None:
    """Show the oldest unfinished jobs: whose and how old, never what is in them."""
    counts = count_unfinished(context.session)
    title = context.texts.say(
        "admin_queue", waiting=counts["queued"], running=counts["running"], most=_MOST
    )
    lines = [_line(context, job) for job in unfinished(context.session, _MOST)]
    text = fitting(context, [title, *lines])
    show(context, text, buttons.button(QUEUE, 0), back())


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
