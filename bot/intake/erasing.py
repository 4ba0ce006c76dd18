"""Takes a person out of the inbox. Updates stay as numbers, so that a repeat is still a no-op."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, cast, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.orm import Session

from bot.intake.tables import InboxUpdate

_SENT_BY = "$.*.from.id ? (@ == $who)"
_SPEAKS_OF = "$.** ? (@.id == $who || @.user_id == $who)"


def erase_person(session: Session, channel: str, number: int, update_id: int) -> int:
    """Erase what a person sent, and what was handled of others that speaks of them.

    The update that is being handled is among them and goes on to its end. An update of somebody
    else that waits is left to its sender, and so is what the person sent after this one.

    Args:
        session: holds the update that is being handled, and no row of a table that others wait for.
        channel: whose inbox.
        number: the person's in updates, which is also that of their private chat.
        update_id: the update that is being handled.

    Returns:
        How many updates were erased.
    """
    sent = or_(InboxUpdate.chat_id == number, _holds(_SENT_BY, number))
    mine = and_(sent, InboxUpdate.update_id <= update_id)
    done = and_(InboxUpdate.state != "pending", _holds(_SPEAKS_OF, number))
    # One that another lane is handling is waited for. In the same order everywhere, so that two who
    # wait for each other's do not do so for ever.
    held = session.execute(
        select(InboxUpdate.channel, InboxUpdate.update_id)
        .where(InboxUpdate.channel == channel, or_(mine, done))
        .order_by(InboxUpdate.update_id)
        .with_for_update()
    ).all()
    ignored = and_(InboxUpdate.state == "pending", InboxUpdate.update_id != update_id)
    session.execute(
        update(InboxUpdate)
        .where(tuple_(InboxUpdate.channel, InboxUpdate.update_id).in_(map(tuple, held)))
        .values(
            payload={},
            chat_id=0,
            error=None,
            state=case((ignored, "ignored"), else_=InboxUpdate.state),
        )
        .execution_options(synchronize_session=False)
    )
    return len(held)


def _holds(path: str, number: int) -> ColumnElement[bool]:
    who: dict[str, Any] = {"who": number}
    return func.jsonb_path_exists(InboxUpdate.payload, cast(path, JSONPATH), cast(who, JSONB))
