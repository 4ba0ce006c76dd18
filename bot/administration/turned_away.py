"""Who was blocked and has erased themselves: without this they would be let in as somebody new."""

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.administration.person import PersonId
from bot.administration.tables import Away


def keep_away(session: Session, person: PersonId) -> None:
    """Keep channel and number of somebody who is blocked, and of whom all else is erased."""
    row = {"channel": person.channel, "external_id": person.external_id}
    session.execute(insert(Away).values(row).on_conflict_do_nothing())


def is_kept_away(session: Session, person: PersonId) -> bool:
    """Say whether somebody was blocked when they erased themselves."""
    return bool(session.scalar(select(exists().where(*_is(person)))))


def let_back(session: Session, person: PersonId) -> None:
    """Forget the number, once an admin has said anew who may write."""
    session.execute(delete(Away).where(*_is(person)))


def _is(person: PersonId) -> tuple[ColumnElement[bool], ...]:
    return (Away.channel == person.channel, Away.external_id == person.external_id)
