"""Audit: what admins did, the latest first."""

from bot.administration.audit import latest
from bot.administration.tables import AuditEntry
from bot.handlers import buttons
from bot.handlers.admin.overview import back
from bot.handlers.admin.pages import fitting, moment, show
from bot.handlers.admin.topic import Topic
from bot.handlers.context import Context

AUDIT = "adm_audit"
_MOST = 20


def logbook(context: Context, before: int) -> None:
    """Show the latest entries, or those before one; a button leads to older ones."""
    entries = latest(context.session, _MOST + 1, before)
    shown = entries[:_MOST]
    if not shown:
        show(context, context.texts.say("admin_audit_none"), back())
        return
    lines = [context.texts.say("admin_audit"), *map(_line, shown)]
    older = (buttons.button(AUDIT, shown[-1].id),) if len(entries) > _MOST else ()
    show(context, fitting(context, lines), *older, back())


def _line(entry: AuditEntry) -> str:
    details = " ".join(f"{name}={value}" for name, value in sorted(entry.details.items()))
    parts = (moment(entry.at), entry.admin, entry.act, entry.subject, details)
    return " ".join(part for part in parts if part)


TOPIC = Topic(
    shows={"audit": lambda context, _: logbook(context, 0)},
    shows_on_tap={AUDIT: logbook},
    entrance=AUDIT,
)
