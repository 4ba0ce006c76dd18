"""The verbs on who is in a family, and as what. Each acts for a person; RLS stands behind.

A family has one owner, who invites, changes roles, hands over and dissolves; editors change
concepts, viewers see them.
"""

from collections.abc import Sequence

from sqlalchemy import Select, case, delete, select, update
from sqlalchemy.orm import Session, aliased

from rap_engine.errors import NotAMember
from rap_engine.memory.database import Actor
from rap_engine.memory.people import FAMILY
from rap_engine.memory.tables import ConceptList, Member

OWNER = "owner"


def change_role(session: Session, actor: Actor, list_id: int, user_id: int, role: str) -> None:
    """Make another member of a family that the actor owns an editor or a viewer.

    Raises:
        NotAMember: the actor does not own such a family, or the other is not in it.
    """
    done(
        session.scalars(
            update(Member)
            .where(
                Member.list_id == list_id,
                Member.list_id.in_(owned_by(actor)),
                Member.user_id == user_id,
                Member.role != OWNER,
            )
            .values(role=role)
            .returning(Member.user_id)
            .execution_options(synchronize_session=False)
        ).all(),
        [user_id],
    )


def hand_over(session: Session, actor: Actor, list_id: int, user_id: int) -> None:
    """Make another member the owner of a family of the actor, who becomes an editor.

    Raises:
        NotAMember: the actor does not own such a family, or the other is not in it.
    """
    if user_id == actor.user_id:
        raise NotAMember("a family is handed over to another")
    done(
        session.scalars(
            update(Member)
            .where(
                Member.list_id == list_id,
                Member.list_id.in_(owned_by(actor)),
                Member.user_id.in_((actor.user_id, user_id)),
            )
            # One statement: in between, nobody would have the right to go on.
            .values(role=case((Member.user_id == user_id, OWNER), else_="editor"))
            .returning(Member.user_id)
            .execution_options(synchronize_session=False)
        ).all(),
        [actor.user_id, user_id],
    )


def remove_member(session: Session, actor: Actor, list_id: int, user_id: int) -> None:
    """Remove another member from a family that the actor owns.

    Raises:
        NotAMember: the actor does not own such a family, or the other is not in it.
    """
    done(
        session.scalars(
            delete(Member)
            .where(
                Member.list_id == list_id,
                Member.list_id.in_(owned_by(actor)),
                Member.user_id == user_id,
                Member.role != OWNER,
            )
            .returning(Member.user_id)
            .execution_options(synchronize_session=False)
        ).all(),
        [user_id],
    )


def leave(session: Session, actor: Actor, list_id: int) -> None:
    """Leave a family of somebody else.

    Raises:
        NotAMember: the actor is not in such a family, or its owner.
    """
    families = select(ConceptList.id).where(ConceptList.kind == FAMILY)
    done(
        session.scalars(
            delete(Member)
            .where(
                Member.list_id == list_id,
                Member.list_id.in_(families),
                Member.user_id == actor.user_id,
                Member.role != OWNER,
            )
            .returning(Member.user_id)
            .execution_options(synchronize_session=False)
        ).all(),
        [actor.user_id],
    )


def owned_by(actor: Actor) -> Select[int]:
    """Select the families that an actor owns."""
    mine = aliased(Member)
    return (
        select(mine.list_id)
        .join(ConceptList, ConceptList.id == mine.list_id)
        .where(mine.user_id == actor.user_id, mine.role == OWNER, ConceptList.kind == FAMILY)
    )


def done(touched: Sequence[int], wanted: Sequence[int]) -> None:
    """See to it that a statement touched what it was to touch.

    Raises:
        NotAMember: it did not, because the person may not.
    """
    if sorted(touched) != sorted(wanted):
        raise NotAMember(f"{wanted} was wanted, {touched} may be touched")
