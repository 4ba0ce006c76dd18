"""Failed jobs: try one again, or erase it."""

from bot.administration.work import Failed, NotRetried, drop, failed, retry
from bot.handlers import buttons
from bot.handlers.admin.overview import back, refresh
from bot.handlers.admin.pages import moment, paragraphs, show
from bot.handlers.admin.people import to_people
from bot.handlers.admin.topic import Topic, admin_of
from bot.handlers.context import Context
from workers.jobs.values import Button

FAILED, RETRY, DROP = "adm_failed", "adm_retry", "adm_drop"
_MOST = 5


def failures(context: Context, told: str = "") -> None:
    """Show the latest failed jobs with their buttons, below what was just done."""
    found = failed(context.session, _MOST)
    title = context.texts.say("admin_failed" if found else "admin_failed_none", most=_MOST)
    text = paragraphs([told, title, *(_line(context, job) for job in found)])
    offered = [button for job in found for button in _buttons(job)]
    people = to_people(job.user_id for job in found)
    show(context, text, *offered, *people, refresh(FAILED), back())


def try_again(context: Context, job_id: int) -> None:
    """Queue a failed job again."""
    try:
        retry(context.session, admin_of(context), context.publisher, job_id)
    except NotRetried as error:
        context.say(f"admin_not_retried.{error.reason}")
    else:
        failures(context, context.texts.say("admin_retried", job=job_id))


def erase(context: Context, job_id: int) -> None:
    """Erase a failed job."""
    if drop(context.session, admin_of(context), job_id):
        failures(context, context.texts.say("admin_dropped", job=job_id))
    else:
        context.say("admin_not_retried.gone")


def _line(context: Context, job: Failed) -> str:
    return context.texts.say(
        "admin_failed_item",
        job=job.job_id,
        kind=job.kind,
        at=moment(job.finished_at) if job.finished_at else "",
        attempt=job.attempt,
        user=job.user_id,
        error=job.error,
    )


def _buttons(job: Failed) -> tuple[Button, Button]:
    name = str(job.job_id)
    return (
        buttons.button(RETRY, job.job_id, name=name),
        buttons.button(DROP, job.job_id, name=name),
    )


TOPIC = Topic(
    shows={"failed": lambda context, _: failures(context)},
    shows_on_tap={FAILED: lambda context, _: failures(context)},
    acts_on_tap={RETRY: try_again, DROP: erase},
    entrance=FAILED,
)
