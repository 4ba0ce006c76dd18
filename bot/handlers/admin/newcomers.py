"""The people whom the bot met last."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.administration.accounts import Found
from bot.administration.person import PersonId
from rap_engine.memory import User


def newcomers(session: Session, limit: int) -> list[Found]:
    """Return the people whom the bot knows for the shortest time, the latest first."""
    rows = session.execute(
        select(User.id, User.channel, User.external_id, User.display_name)
        .order_by(User.id.desc())
        .limit(limit)
    )
    return [Found(row[0], PersonId(*row[1:3]), row[3]) for row in rows]
