"""The verbs on who is in a family, and as what. Each acts for a person; RLS stands behind.

A family has one owner, who invites, changes roles, hands over and dissolves; editors change
concepts, viewers see them.
"""

from collections.abc import Sequence

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from rap_engine.errors import FamilyLimit, NotAMember
from rap_engine.memory.database import Actor
from rap_engine.memory.people import FAMILY
from rap_engine.memory.tables import ConceptList, Invite, Member

OWNER, EDITOR, VIEWER = "owner", "editor", "viewer"
MOST_FAMILIES = 5
"""Families that one person may own."""


def change_role(session: Session, actor: Actor, list_id: int, user_id: int, role: str) -> int:
    """Make another member of a family that the actor owns an editor or a viewer.

    An offer of the family is taken back, and who becomes a viewer finds no open invite to come
    back with.

    Returns:
        How many invites were revoked.

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
    return _revoke_all(session, list_id) if role == VIEWER else 0


def offer(session: Session, actor: Actor, list_id: int, user_id: int) -> bool:
    """Offer a family that the actor owns to another member, and to nobody else any more.

    Returns:
        Whether it was not offered to them before.

    Raises:
        NotAMember: the actor does not own such a family, or the other is not in it.
    """
    is_member = select(Member.user_id).where(Member.list_id == list_id, Member.user_id == user_id)
    if user_id == actor.user_id or session.scalar(is_member) is None:
        raise NotAMember("a family is offered to another member")
    before = session.scalar(select(ConceptList.offered_to).where(ConceptList.id == list_id))
    done(
        session.scalars(
            update(ConceptList)
            .where(ConceptList.id == list_id, ConceptList.id.in_(owned_by(actor)))
            .values(offered_to=user_id)
            .returning(ConceptList.id)
            .execution_options(synchronize_session=False)
        ).all(),
        [list_id],
    )
    return before != user_id


def accept(session: Session, list_id: int) -> None:
    """Take over a family that is offered to the person whom the session acts for.

    Who owned it becomes an editor, and the open invites end.

    Raises:
        NotAMember: it is not offered to them (any more).
        FamilyLimit: they own as many as one may; the offer stays.
    """
    _answer(session, list_id, accepts=True)


def decline(session: Session, list_id: int) -> None:
    """Say no to a family that is offered to the person whom the session acts for.

    Raises:
        NotAMember: it is not offered to them (any more).
    """
    _answer(session, list_id, accepts=False)


def remove_member(session: Session, actor: Actor, list_id: int, user_id: int) -> int:
    """Remove another member from a family that the actor owns, and revoke its open invites.

    Returns:
        How many invites were revoked.

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
    return _revoke_all(session, list_id)


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


def _answer(session: Session, list_id: int, *, accepts: bool) -> None:
    answered = session.scalar(select(func.rapbot_answer_offer(list_id, accepts, MOST_FAMILIES)))
    if answered == "full":
        raise FamilyLimit("families")
    if answered != "done":
        raise NotAMember(f"list {list_id} is not offered")


def _revoke_all(session: Session, list_id: int) -> int:
    """Revoke the open invites of a family: who had the link once would be back with it."""
    revoked = session.scalars(
        update(Invite)
        .where(
            Invite.list_id == list_id,
            ~Invite.is_revoked,
            Invite.expires_at > func.now(),
            Invite.uses < Invite.most_uses,
        )
        .values(is_revoked=True)
        .returning(Invite.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(revoked)


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
