"""Maintenance: whether the bot says a note instead of working."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.administration import audit
from bot.administration.tables import Operation


def read_maintenance(session: Session) -> str | None:
    """Return what to say during maintenance, "" if nothing special is; None if there is none."""
    return session.scalar(
        select(Operation.maintenance_note).where(Operation.maintenance_since.is_not(None))
    )


def begin_maintenance(session: Session, by: str, note: str) -> None:
    """Begin maintenance, or change its note. Jobs that are under way end as usual."""
    row = {"maintenance_since": func.now(), "maintenance_note": note}
    session.execute(
        insert(Operation)
        .values(id=1, **row)
        .on_conflict_do_update(index_elements=[Operation.id], set_=row)
    )
    audit.note(session, by, "maintenance_begun")


def end_maintenance(session: Session, by: str) -> bool:
    """End maintenance; False if there was none."""
    operation = session.get(Operation, 1, with_for_update=True)
    if operation is None or operation.maintenance_since is None:
        return False
    operation.maintenance_since = None
    operation.maintenance_note = ""
    audit.note(session, by, "maintenance_ended")
    return True
