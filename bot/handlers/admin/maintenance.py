"""Maintenance: the bot says a note instead of working, to all but admins."""

from bot.administration.operation import begin_maintenance, end_maintenance, read_maintenance
from bot.handlers import buttons
from bot.handlers.admin.overview import back
from bot.handlers.admin.pages import show
from bot.handlers.admin.topic import Topic, admin_of
from bot.handlers.context import Context

MAINTENANCE, BEGIN, END = "adm_maintenance", "adm_maintain", "adm_resume"
_LONGEST_NOTE = 500


def maintenance(context: Context) -> None:
    """Show whether there is maintenance, and what people are told."""
    note = read_maintenance(context.session)
    if note is None:
        text, action = context.texts.say("admin_maintenance_off"), BEGIN
    else:
        shown = note or context.texts.say("admin_maintenance_no_note")
        text, action = context.texts.say("admin_maintenance_on", note=shown), END
    show(context, text, buttons.button(action, 0), back())


def begin(context: Context, note: str) -> None:
    """Begin, or change the note."""
    if len(note) > _LONGEST_NOTE:
        context.say("admin_maintenance_too_long", limit=str(_LONGEST_NOTE))
        return
    begin_maintenance(context.session, admin_of(context), note.strip())
    maintenance(context)


def end(context: Context) -> None:
    """End it, if there is any."""
    end_maintenance(context.session, admin_of(context))
    maintenance(context)


TOPIC = Topic(
    shows={"maintenance": lambda context, _: maintenance(context)},
    acts={"maintenance on": begin, "maintenance off": lambda context, _: end(context)},
    shows_on_tap={MAINTENANCE: lambda context, _: maintenance(context)},
    acts_on_tap={
        BEGIN: lambda context, _: begin(context, ""),
        END: lambda context, _: end(context),
    },
    entrance=MAINTENANCE,
)
