"""What becomes of a dissolved family's concepts: each goes back to who told it.

Only what is one person's alone goes back: their words, their photos. So nobody finds in their own
list what others put there. The rest goes to the owner, and so does what its person has no room for.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Settings
from rap_engine.memory.moving import Gone, lock_all, move_together
from rap_engine.memory.people import PERSONAL
from rap_engine.memory.tables import Concept, ConceptList, Member, View
from rap_engine.memory.usage import Held, check_room, held_in, most_held


@dataclass(frozen=True, slots=True)
class Given:
    """What went where.

    Attributes:
        back: what went back to other members, by the person's id.
        kept: all that went to the owner.
        left: that part of `kept` which was not the owner's alone.
    """

    back: Mapping[int, Sequence[Gone]]
    kept: Sequence[Gone]
    left: Sequence[Gone]


@dataclass(frozen=True, slots=True)
class _Told:
    """Whose a concept is alone, None if nobody's; and the bytes of its photos."""

    by: int | None
    photo_bytes: int


def give_back(
    session: Session, settings: Settings, list_id: int, owner_id: int, members: Collection[int]
) -> Given:
    """Empty a family whose row the caller has locked. The session has the system's rights.

    Raises:
        QuotaExceeded: the owner has no room for what is not given back.
    """
    homes = _hold_homes(session, members)
    concepts, told = lock_all(session, list_id), _told(session, list_id)
    free = {home: _free(session, settings, home) for home in homes.values()}
    going: dict[int, list[Concept]] = {user_id: [] for user_id in homes}
    for concept in concepts:
        user_id, size = told[concept.id].by, told[concept.id].photo_bytes
        if user_id is None or user_id == owner_id or user_id not in homes:
            going[owner_id].append(concept)
        elif _fits(free[homes[user_id]], size):
            going[user_id].append(concept)
            free[homes[user_id]] = _less(free[homes[user_id]], size)
        else:
            going[owner_id].append(concept)
    kept = going.pop(owner_id)
    size = sum(told[concept.id].photo_bytes for concept in kept)
    check_room(session, settings, homes[owner_id], len(kept), size)
    moved = move_together(session, kept, homes[owner_id])
    return Given(
        back={
            user_id: move_together(session, theirs, homes[user_id])
            for user_id, theirs in going.items()
            if theirs
        },
        kept=moved,
        left=[
            gone
            for concept, gone in zip(kept, moved, strict=True)
            if told[concept.id].by != owner_id
        ],
    )


def _hold_homes(session: Session, members: Collection[int]) -> dict[int, int]:
    """Return the own lists of people, to which nobody adds before the commit."""
    rows = session.execute(
        select(Member.user_id, ConceptList.id)
        .join(ConceptList, ConceptList.id == Member.list_id)
        .where(Member.user_id.in_(members), ConceptList.kind == PERSONAL)
        .order_by(ConceptList.id)
        .with_for_update(of=ConceptList)
    )
    return {row.user_id: row.id for row in rows}


def _told(session: Session, list_id: int) -> dict[int, _Told]:
    size = func.octet_length(View.photo) + func.coalesce(func.octet_length(View.scene), 0)
    is_theirs = View.id.is_(None) | View.created_by.is_not_distinct_from(Concept.told_by)
    rows = session.execute(
        select(
            Concept.id, Concept.told_by, func.bool_and(is_theirs), func.coalesce(func.sum(size), 0)
        )
        .outerjoin(View, View.concept_id == Concept.id)
        .where(Concept.list_id == list_id)
        .group_by(Concept.id)
    )
    return {
        concept_id: _Told(told_by if alone else None, int(photo_bytes))
        for concept_id, told_by, alone, photo_bytes in rows
    }


def _free(session: Session, settings: Settings, list_id: int) -> Held:
    held, most = held_in(session, list_id), most_held(session, settings, list_id)
    return Held(most.concepts - held.concepts, most.photo_bytes - held.photo_bytes)


def _fits(free: Held, photo_bytes: int) -> bool:
    return free.concepts >= 1 and free.photo_bytes >= photo_bytes


def _less(free: Held, photo_bytes: int) -> Held:
    return Held(free.concepts - 1, free.photo_bytes - photo_bytes)
