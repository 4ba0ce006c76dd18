"""Who is an admin: the settings' Telegram numbers, and whom another admin or the operator added."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.administration import audit
from bot.administration.person import TELEGRAM, PersonId
from bot.administration.tables import Admin
from config import Settings
from rap_engine.memory import User
from rap_engine.memory.people import ensure_user, find_user, is_user
from workers.runs.telling import stop_telling

NOTIFY_CHANNEL = "rapbot_admins"


@dataclass(frozen=True, slots=True)
class Added:
    """An admin by the word of another."""

    person: PersonId
    granted_by: str
    granted_at: datetime


def is_admin(session: Session, settings: Settings, person: PersonId) -> bool:
    """Say whether somebody is an admin now. The person of a console is one only by a row."""
    if is_of_settings(settings, person):
        return True
    found = session.scalar(
        select(Admin.user_id)
        .join(User, User.id == Admin.user_id)
        .where(is_user(person.channel, person.external_id))
    )
    return found is not None


def is_of_settings(settings: Settings, person: PersonId) -> bool:
    """Say whether the settings name somebody an admin, which no command takes back."""
    numbers = map(str, settings.admins)
    return person.channel == TELEGRAM and person.external_id in numbers


def added_admins(session: Session) -> list[Added]:
    """Return the admins that the settings do not name, the first one first."""
    rows = session.execute(
        select(User.channel, User.external_id, Admin.granted_by, Admin.granted_at)
        .join(Admin, Admin.user_id == User.id)
        .order_by(Admin.granted_at, Admin.user_id)
    )
    return [Added(PersonId(*row[:2]), row.granted_by, row.granted_at) for row in rows]


def telegram_admins(session: Session, settings: Settings) -> frozenset[int]:
    """Return the numbers of all admins on Telegram."""
    rows = (added.person for added in added_admins(session))
    numbers = (int(person.external_id) for person in rows if person.channel == TELEGRAM)
    return frozenset((*settings.admins, *numbers))


def add_admin(session: Session, by: str, person: PersonId) -> bool:
    """Make somebody an admin, known or not; False if they were added before."""
    user_id = ensure_user(session, person.channel, person.external_id)
    added = session.scalar(
        insert(Admin)
        .values(user_id=user_id, granted_by=by)
        .on_conflict_do_nothing()
        .returning(Admin.user_id)
    )
    if added is not None:
        _tell(session, by, "admin_added", user_id)
    return added is not None


def remove_admin(session: Session, by: str, person: PersonId) -> bool:
    """Take back what `add_admin` gave; False if there is nothing to take back."""
    user_id = find_user(session, person.channel, person.external_id)
    if user_id is None:
        return False
    removed = session.scalar(delete(Admin).where(Admin.user_id == user_id).returning(Admin.user_id))
    if removed is not None:
        stop_telling(session, str(person), user_id)
        _tell(session, by, "admin_removed", user_id)
    return removed is not None


def _tell(session: Session, by: str, act: str, user_id: int) -> None:
    """Write it down, and wake whoever shows menus at the commit."""
    subject = f"user:{user_id}"
    audit.note(session, by, act, subject)
    session.execute(select(func.pg_notify(NOTIFY_CHANNEL, subject)))
