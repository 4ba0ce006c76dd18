"""/export: a worker packs what the bot holds of the person, one export at a time.

It has a limit of its own: who may ask for nothing else may still take what is theirs.
"""

from datetime import timedelta

from sqlalchemy import func, select

from bot.handlers.context import Context
from workers.jobs.queue import enqueue
from workers.jobs.tables import Job
from workers.jobs.under_way import is_exporting
from workers.jobs.values import ExportRequest

_MOST_A_DAY = 3
_DAY = timedelta(hours=24)


def export(context: Context) -> None:
    """Have the archives made; they come as documents."""
    if is_exporting(context.session, context.user_id):
        context.say("export_under_way")
    elif _made_today(context) >= _MOST_A_DAY:
        context.say("export_enough", most=str(_MOST_A_DAY))
    else:
        enqueue(context.session, context.publisher, context.address, ExportRequest())
        context.say("export_begun")


def _made_today(context: Context) -> int:
    exports = (Job.user_id == context.user_id, Job.kind == "export")
    recent = Job.created_at > func.now() - _DAY
    return context.session.scalars(select(func.count()).where(*exports, recent)).one()
