"""The audit log: every act of an admin, written in the transaction of the act itself.

A subject is named by its row (`user:7`, `job:9`), so that nothing in the log leads to a person
whose data was erased. Admins are named by channel and number. What people wrote is never in it.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.administration.tables import AuditEntry

OPERATOR = "operator"
"""Who acts on the command line: whoever has the machine."""


def note(session: Session, admin: str, act: str, subject: str = "", **details: object) -> None:
    """Write an act down.

    Args:
        session: the one that acts.
        admin: channel and number, `telegram:123`, or `operator`.
        act: what was done, in the past.
        subject: the row that it was done to.
        details: numbers and words of this program; nothing that people wrote.
    """
    session.add(AuditEntry(admin=admin, act=act, subject=subject, details=details))
    session.flush()


def latest(session: Session, limit: int, before: int = 0) -> Sequence[AuditEntry]:
    """Return the latest entries, or the latest of those that are older than an entry's id."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before:
        query = query.where(AuditEntry.id < before)
    return session.scalars(query).all()
