"""People and the lists they see."""

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from rap_engine.memory.tables import ConceptList, Member, User

PERSONAL = "personal"


def ensure_user(session: Session, channel: str, external_id: str, display_name: str = "") -> int:
    """Return the id of a person, who is given a personal list when seen for the first time."""
    known = session.scalar(
        select(User).where(User.channel == channel, User.external_id == external_id)
    )
    if known is not None:
        if display_name and known.display_name != display_name:
            known.display_name = display_name
        return known.id
    return _welcome(session, channel, external_id, display_name)


def _welcome(session: Session, channel: str, external_id: str, display_name: str) -> int:
    # Two processes may meet the same person at once: the second waits here and finds the first's.
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 0))"),
        {"who": f"{channel}:{external_id}"},
    )
    session.execute(
        insert(User)
        .values(channel=channel, external_id=external_id, display_name=display_name)
        .on_conflict_do_nothing()
    )
    user_id = session.scalars(
        select(User.id).where(User.channel == channel, User.external_id == external_id)
    ).one()
    if session.scalar(select(Member.list_id).where(Member.user_id == user_id)) is None:
        personal = ConceptList(kind=PERSONAL, title=display_name)
        session.add(personal)
        session.flush()
        session.add(Member(list_id=personal.id, user_id=user_id, role="owner"))
        session.flush()
    return user_id


def active_list(session: Session, user_id: int) -> int:
    """Return the list that takes the person's new concepts: the personal one."""
    return session.scalars(
        select(ConceptList.id)
        .join(Member, Member.list_id == ConceptList.id)
        .where(Member.user_id == user_id, ConceptList.kind == PERSONAL)
    ).one()


def visible_lists(session: Session, user_id: int) -> dict[int, str]:
    """Return id and title of each list that the person sees."""
    rows = session.execute(
        select(ConceptList.id, ConceptList.title)
        .join(Member, Member.list_id == ConceptList.id)
        .where(Member.user_id == user_id)
    )
    return {row.id: row.title for row in rows}
