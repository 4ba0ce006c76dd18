"""The verbs on invites: ways into a family that expire, are used up, and can be revoked.

An invite is its token, which only the link holds: the row has the token's SHA-256. PostgreSQL
itself decides who comes in (`rapbot_join`), since who comes is no member yet.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from rap_engine.errors import FamilyLimit, InviteGone, NotAMember
from rap_engine.memory.database import Actor
from rap_engine.memory.families import MOST_MEMBERS
from rap_engine.memory.membership import owned_by
from rap_engine.memory.tables import Invite

LIVES = timedelta(days=7)
MOST_USES = 20
"""People whom one invite may let in."""
MOST_OPEN = 20
"""Open invites of a family."""
_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class OpenInvite:
    """An invite that still lets somebody in."""

    invite_id: int
    role: str
    uses: int
    most_uses: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invite offers to who holds its token. `invited_by` is "" where nobody knows."""

    title: str
    role: str
    invited_by: str
    is_member: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """The list that somebody is a member of now; not `is_new` who was one before."""

    list_id: int
    is_new: bool


def make_invite(session: Session, actor: Actor, list_id: int, role: str, most_uses: int) -> str:
    """Make an invite into a family that the actor owns, and return its token.

    Args:
        session: acting for the actor.
        actor: who invites.
        list_id: the family.
        role: `editor` or `viewer`.
        most_uses: how many it lets in, cut to what is allowed.

    Raises:
        NotAMember: the actor does not own such a family.
        FamilyLimit: the family has as many open invites as it may.
    """
    if len(open_invites(session, actor, list_id)) >= MOST_OPEN:
        raise FamilyLimit("invites")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(
        Invite(
            list_id=list_id,
            token_hash=_hashed(token),
            role=role,
            created_by=actor.user_id,
            expires_at=func.now() + LIVES,
            most_uses=min(max(most_uses, 1), MOST_USES),
        )
    )
    session.flush()
    return token


def open_invites(session: Session, actor: Actor, list_id: int) -> list[OpenInvite]:
    """Return the invites into a family that still let somebody in, the oldest first.

    Raises:
        NotAMember: the actor does not own such a family.
    """
    if not _owns(session, actor, list_id):
        raise NotAMember(f"list {list_id}")
    rows = session.execute(
        select(Invite.id, Invite.role, Invite.uses, Invite.most_uses, Invite.expires_at)
        .where(
            Invite.list_id == list_id,
            ~Invite.is_revoked,
            Invite.expires_at > func.now(),
            Invite.uses < Invite.most_uses,
        )
        .order_by(Invite.id)
    )
    return [OpenInvite(*row) for row in rows]


def revoke(session: Session, actor: Actor, invite_id: int) -> int:
    """Make an invite let nobody in any more, and return its family.

    Raises:
        NotAMember: the actor does not own the family of such an invite.
    """
    list_id = session.scalar(
        update(Invite)
        .where(Invite.id == invite_id, Invite.list_id.in_(owned_by(actor)))
        .values(is_revoked=True)
        .returning(Invite.list_id)
        .execution_options(synchronize_session=False)
    )
    if list_id is None:
        raise NotAMember(f"invite {invite_id}")
    return list_id


def read_invite(session: Session, token: str) -> Invitation:
    """Return what an invite offers to the person whom the session acts for.

    Raises:
        InviteGone: it lets nobody in.
    """
    row = session.execute(
        text("SELECT * FROM rapbot_read_invite(:hash)"), {"hash": _hashed(token)}
    ).one_or_none()
    if row is None or row.title is None:
        raise InviteGone
    return Invitation(row.title, row.role, row.invited_by, row.is_member)


def join(session: Session, token: str) -> Joined:
    """Make the person whom the session acts for a member, unless they are one already.

    Raises:
        InviteGone: the invite lets nobody in.
        FamilyLimit: the family has as many members as it may.
    """
    row = session.execute(
        text("SELECT * FROM rapbot_join(:hash, :most)"),
        {"hash": _hashed(token), "most": MOST_MEMBERS},
    ).one()
    if row.list_id is None:
        raise InviteGone
    if row.is_new is None:
        raise FamilyLimit("members")
    return Joined(row.list_id, row.is_new)


def _owns(session: Session, actor: Actor, list_id: int) -> bool:
    owned: Sequence[int] = session.scalars(owned_by(actor)).all()
    return list_id in owned


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
