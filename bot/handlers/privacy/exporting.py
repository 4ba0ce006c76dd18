"""/export: a worker packs what the bot holds of the person, one export at a time."""

from bot.handlers.context import Context
from workers.jobs.queue import is_exporting
from workers.jobs.values import ExportRequest


def export(context: Context) -> None:
    """Have the archives made; they come as documents."""
    if is_exporting(context.session, context.user_id):
        context.say("export_under_way")
        return
    context.enqueue(ExportRequest())
    context.say("export_begun")
