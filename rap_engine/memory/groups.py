"""The lists of groups: a group chat has one, and who writes in the chat is a member of it.

All of this is the system's: no person may make a group's list, or come into one, on their own word.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from rap_engine.concept_text import NAME_LIMIT, as_title
from rap_engine.memory.people import GROUP, is_user
from rap_engine.memory.tables import Change, Concept, ConceptList, Conversation, Member, User
from rap_engine.naming import fold

_ROLE = "editor"


def ensure_group(session: Session, channel: str, chat_id: int, title: str) -> int:
    """Return the list of a group's chat, which is made when the chat is met for the first time.

    The list's title follows the chat's. That its messages arrive means that the bot is in it.
    """
    group = _find(session, channel, chat_id)
    if group is None:
        # Two updates may make it at once: the second waits here and finds the first's.
        session.execute(
            insert(ConceptList)
            .values(kind=GROUP, title=as_title(title), channel=channel, chat_id=chat_id)
            .on_conflict_do_nothing(
                index_elements=["channel", "chat_id"], index_where=text("kind = 'group'")
            )
        )
        group = session.scalars(select(ConceptList).where(*_of(channel, [chat_id]))).one()
    _set_title(group, title)
    group.abandoned_at = None
    session.flush()
    return group.id


def has_list(session: Session, channel: str, chat_id: int) -> bool:
    """Say whether a group's chat has a list."""
    return _find(session, channel, chat_id) is not None


def ensure_member(session: Session, list_id: int, user_id: int) -> None:
    """Make a person a member of a group's list."""
    session.execute(
        insert(Member)
        .values(list_id=list_id, user_id=user_id, role=_ROLE)
        .on_conflict_do_nothing(index_elements=["list_id", "user_id"])
    )


def is_member(session: Session, list_id: int, user_id: int) -> bool:
    """Say whether a person is a member of a list."""
    return session.get(Member, (list_id, user_id)) is not None


def remove_member(session: Session, channel: str, chat_id: int, external_id: str) -> None:
    """End somebody's membership in a group's list, if they had one."""
    users = select(User.id).where(is_user(channel, external_id))
    groups = select(ConceptList.id).where(*_of(channel, [chat_id]))
    session.execute(delete(Member).where(Member.list_id.in_(groups), Member.user_id.in_(users)))


def rename_group(session: Session, channel: str, chat_id: int, title: str) -> None:
    """Follow a chat's title, if the chat has a list."""
    group = _find(session, channel, chat_id)
    if group is not None:
        _set_title(group, title)
        session.flush()


def note_presence(session: Session, channel: str, chat_id: int, *, is_in: bool) -> None:
    """Note since when the bot is no longer in a group, or that it is in it again."""
    since = None if is_in else func.coalesce(ConceptList.abandoned_at, func.now())
    session.execute(update(ConceptList).where(*_of(channel, [chat_id])).values(abandoned_at=since))


def lock_groups(session: Session, channel: str, chat_ids: Sequence[int]) -> list[int]:
    """Lock the lists of some chats until the transaction ends, and return them, oldest first."""
    query = select(ConceptList.id).where(*_of(channel, chat_ids))
    return list(session.scalars(query.order_by(ConceptList.id).with_for_update()))


def absorb_group(session: Session, list_id: int, other_id: int) -> None:
    """Bring all that another group's list has into a list, and erase the other.

    A name that both have gets its concept's number behind it.
    """
    columns = (literal(list_id), Member.user_id, Member.role, Member.joined_at)
    members = select(*columns).where(Member.list_id == other_id)
    session.execute(
        insert(Member)
        .from_select(["list_id", "user_id", "role", "joined_at"], members)
        .on_conflict_do_nothing(index_elements=["list_id", "user_id"])
    )
    _tell_apart(session, list_id, other_id)
    for table in (Concept, Change):
        session.execute(update(table).where(table.list_id == other_id).values(list_id=list_id))
    session.execute(delete(ConceptList).where(ConceptList.id == other_id))


def move_group(session: Session, channel: str, old_chat_id: int, new_chat_id: int) -> None:
    """Let the list and the conversations of a chat be those of the chat that it became."""
    session.execute(
        update(ConceptList)
        .where(*_of(channel, [old_chat_id]))
        .values(chat_id=new_chat_id, abandoned_at=None)
    )
    session.execute(
        update(Conversation)
        .where(Conversation.channel == channel, Conversation.chat_id == old_chat_id)
        .values(chat_id=new_chat_id)
    )


def purge_groups(session: Session, keep: timedelta) -> None:
    """Erase the lists of groups that the bot has not been in for so long."""
    session.execute(
        delete(ConceptList).where(
            ConceptList.kind == GROUP, ConceptList.abandoned_at < func.now() - keep
        )
    )


def _find(session: Session, channel: str, chat_id: int) -> ConceptList | None:
    return session.scalar(select(ConceptList).where(*_of(channel, [chat_id])))


def _of(channel: str, chat_ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        ConceptList.kind == GROUP,
        ConceptList.channel == channel,
        ConceptList.chat_id.in_(chat_ids),
    )


def _set_title(group: ConceptList, title: str) -> None:
    # Whoever runs a group writes what they like there.
    shown = as_title(title)
    if group.title != shown:
        group.title = shown


def _tell_apart(session: Session, list_id: int, other_id: int) -> None:
    taken = select(Concept.folded_name).where(
        Concept.list_id == list_id, Concept.forgotten_at.is_(None)
    )
    clashing = select(Concept).where(
        Concept.list_id == other_id,
        Concept.forgotten_at.is_(None),
        Concept.folded_name.in_(taken),
    )
    for concept in session.scalars(clashing):
        number = f" ({concept.id})"
        concept.name = concept.name[: NAME_LIMIT - len(number)] + number
        concept.folded_name = fold(concept.name)
    session.flush()
