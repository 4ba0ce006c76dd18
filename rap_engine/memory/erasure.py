"""Erases a person: what is theirs alone goes, and their name goes from what others go on using.

The verbs are the system's own, not a person's: row-level security lets nobody erase a person.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass

from psycopg.errors import LockNotAvailable
from sqlalchemy import ColumnElement, Select, delete, func, or_, select, union, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from rap_engine.memory.faces import is_face_key
from rap_engine.memory.people import FAMILY, PERSONAL
from rap_engine.memory.tables import (
    Change,
    Concept,
    ConceptList,
    Invite,
    Key,
    Member,
    Turn,
    User,
    View,
)

_PATIENCE_S = 5.0
_TRY_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Shared:
    """A list that a person shares with others, and what of it they added.

    Also one that they are not in any more, or that somebody moved their concept to: `title` is ""
    there. `heir_id` gets a family's list whose owner they are. With `is_last` nobody else is in it,
    and it goes with them.
    """

    list_id: int
    title: str
    kind: str
    concepts: int
    views: int
    heir_id: int | None
    is_last: bool


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the memory holds of a person: their own list, what was said, the lists they share."""

    concepts: int
    views: int
    turns: int
    shared: tuple[Shared, ...]

    @property
    def left_behind(self) -> tuple[Shared, ...]:
        """The lists that go on without the person."""
        return tuple(shared for shared in self.shared if not shared.is_last)

    @property
    def has_given(self) -> bool:
        """Whether others go on using something that the person added."""
        return any(shared.concepts or shared.views for shared in self.left_behind)


def holdings(session: Session, user_id: int) -> Holdings:
    """Count what there is of a person."""
    own = _own_lists(session, user_id)
    return Holdings(
        concepts=_count(session, Concept, Concept.list_id.in_(own), _is_remembered()),
        views=_count(session, View, View.list_id.in_(own)),
        turns=_count(session, Turn, Turn.user_id == user_id),
        shared=tuple(_shared_lists(session, user_id)),
    )


def erase_person(session: Session, user_id: int, *, takes_along: bool) -> Holdings:
    """Erase a person, and return what there was.

    What they added to shared lists stays there without their name, because others go on using it;
    with `takes_along` it goes too, and so does the history of it. What they agreed to for others
    ends: nobody could take it back any more. A family of theirs goes to the editor who has been in
    it longest, else the viewer; one that nobody else is in goes with them.

    Raises:
        OperationalError: others hold one of the lists for seconds; nothing was erased.
    """
    _lock(session, user_id)
    held = holdings(session, user_id)
    if takes_along:
        _take_along(session, user_id)
    _end_agreements(session, user_id)
    _leave(session, user_id, held.left_behind)
    session.execute(delete(Invite).where(Invite.created_by == user_id))
    gone = [shared.list_id for shared in held.shared if shared.is_last]
    gone += _own_lists(session, user_id)
    session.execute(delete(ConceptList).where(ConceptList.id.in_(gone)))
    # Conversations, uploads, jobs, replies and dialogues hang on this row.
    session.execute(delete(User).where(User.id == user_id))
    return held


def _lock(session: Session, user_id: int) -> None:
    """Keep others from adding to the person and their lists until the transaction ends.

    Whoever adds to a list locks the list and its person, in an order of their own. So nothing is
    waited for with a lock in hand: where a list is held, the person is let go of and tried again.
    """
    patient_until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with session.begin_nested():
                session.execute(select(User.id).where(User.id == user_id).with_for_update())
                lists = or_(ConceptList.id.in_(_memberships(user_id)), _is_shared_with(user_id))
                held = select(ConceptList.id).where(lists).order_by(ConceptList.id)
                session.execute(held.with_for_update(nowait=True))
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable) or time.monotonic() > patient_until:
                raise
            time.sleep(_TRY_AGAIN_S)
        else:
            return


def _own_lists(session: Session, user_id: int) -> list[int]:
    return list(
        session.scalars(
            select(ConceptList.id)
            .join(Member, Member.list_id == ConceptList.id)
            .where(Member.user_id == user_id, ConceptList.kind == PERSONAL)
        )
    )


def _shared_lists(session: Session, user_id: int) -> list[Shared]:
    mine = (Member.list_id == ConceptList.id) & (Member.user_id == user_id)
    rows = session.execute(
        select(ConceptList.id, ConceptList.title, ConceptList.kind, Member.role)
        .join(Member, mine, isouter=True)
        .where(or_(Member.user_id.is_not(None), _is_shared_with(user_id)))
        .where(ConceptList.kind != PERSONAL)
        .order_by(ConceptList.id)
    ).all()
    return [_shared(session, user_id, *row) for row in rows]


def _shared(
    session: Session, user_id: int, list_id: int, title: str, kind: str, role: str | None
) -> Shared:
    is_member = role is not None
    next_member = _longest_member(session, list_id, user_id)
    is_handed_over = kind == FAMILY and role == "owner"
    of_list = (Concept.list_id == list_id, Concept.created_by == user_id)
    return Shared(
        list_id=list_id,
        title=title if is_member else "",
        kind=kind,
        concepts=_count(session, Concept, *of_list, _is_remembered()),
        views=_count(session, View, View.list_id == list_id, View.created_by == user_id),
        heir_id=next_member if is_handed_over else None,
        is_last=is_member and next_member is None,
    )


def _memberships(user_id: int) -> Select[int]:
    return select(Member.list_id).where(Member.user_id == user_id)


def _is_shared_with(user_id: int) -> ColumnElement[bool]:
    """Return the condition that a list of several people holds something that a person added."""
    added = union(
        select(Concept.list_id).where(Concept.created_by == user_id),
        select(View.list_id).where(View.created_by == user_id),
    )
    return (ConceptList.kind != PERSONAL) & ConceptList.id.in_(added)


def _longest_member(session: Session, list_id: int, but: int) -> int | None:
    """Return the editor who has been in a list longest, else the viewer."""
    return session.scalar(
        select(Member.user_id)
        .where(Member.list_id == list_id, Member.user_id != but)
        .order_by(Member.role == "viewer", Member.joined_at, Member.user_id)
        .limit(1)
    )


def _take_along(session: Session, user_id: int) -> None:
    """Erase what a person added to all lists that are not one person's own, a member or not."""
    shared = select(ConceptList.id).where(ConceptList.kind != PERSONAL)
    theirs = select(Concept.id).where(Concept.created_by == user_id)
    did = (Change.user_id == user_id) & Change.concept_id.is_not(None)
    session.execute(delete(Change).where(or_(did, Change.concept_id.in_(theirs))))
    session.execute(
        delete(Concept).where(Concept.created_by == user_id, Concept.list_id.in_(shared))
    )
    session.execute(delete(View).where(View.created_by == user_id, View.list_id.in_(shared)))


def _end_agreements(session: Session, user_id: int) -> None:
    """Take back the agreements to face keys that a person confirmed, with the keys."""
    ended = session.scalars(
        update(Concept)
        .where(Concept.face_agreed_by == user_id)
        .values(face_agreed_by=None, face_agreed_at=None)
        .returning(Concept.id)
        .execution_options(synchronize_session=False)
    ).all()
    session.execute(delete(Key).where(Key.concept_id.in_(ended), is_face_key()))


def _leave(session: Session, user_id: int, lists: Collection[Shared]) -> None:
    ids = [shared.list_id for shared in lists]
    session.execute(delete(Member).where(Member.user_id == user_id, Member.list_id.in_(ids)))
    for shared in lists:
        if shared.heir_id is not None:
            session.execute(
                update(Member)
                .where(Member.list_id == shared.list_id, Member.user_id == shared.heir_id)
                .values(role="owner")
            )


def _is_remembered() -> ColumnElement[bool]:
    return Concept.forgotten_at.is_(None)


def _count(
    session: Session,
    table: type[Concept] | type[View] | type[Turn],
    *conditions: ColumnElement[bool],
) -> int:
    return session.scalars(select(func.count()).select_from(table).where(*conditions)).one()
