"""What an archive of a person holds, read from the database: what they told, and what they asked.

The session is the system's own: a person sees no groups from a private chat, and nobody sees what
they added to a list that they have left. So each query names the person itself.

Of a list that the person is not in, or not any more, they get the photos that they added and
nothing else: what its members say now is not theirs to read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, literal, or_, select
from sqlalchemy.orm import Session

from rap_engine.memory.people import PERSONAL
from rap_engine.memory.tables import Concept, ConceptList, Member, Turn, User, View

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class HeldConcept:
    """A concept of the person's own list, or one of a shared list that they added to.

    `name`, `info`, `category` and `list_title` are "" where the person is not in the list.
    """

    concept_id: int
    name: str
    info: str
    category: str
    list_title: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class HeldView:
    """One photo of a concept; JPEG."""

    photo: bytes
    scene: bytes | None
    box: tuple[float, float, float, float]


def person(session: Session, user_id: int) -> dict[str, Any]:
    """Return what is known of a person themselves, as JSON has it."""
    user = session.execute(
        select(
            User.channel,
            User.external_id,
            User.display_name,
            User.created_at,
            User.access,
            User.jobs_a_day,
            User.training_agreed_at,
        ).where(User.id == user_id)
    ).one()
    return {
        "person": {
            "channel": user.channel,
            "number_or_name": user.external_id,
            "display_name": user.display_name,
            "known_since": _text(user.created_at),
            "access": user.access,
            "jobs_a_day": user.jobs_a_day,
        },
        "agreements": {
            "training": _text(user.training_agreed_at),
            "faces": _faces(session, user_id),
        },
        "lists": _lists(session, user_id),
    }


def concepts(session: Session, user_id: int) -> list[HeldConcept]:
    """Return the concepts of a person, the oldest first."""
    is_member = ConceptList.id.in_(_lists_of(user_id))
    is_own = and_(ConceptList.kind == PERSONAL, is_member)
    has_theirs = exists().where(View.concept_id == Concept.id, View.created_by == user_id)
    is_theirs = or_(and_(Concept.created_by == user_id, is_member), has_theirs)
    told = (Concept.name, Concept.info, Concept.category, ConceptList.title)
    rows = session.execute(
        select(
            Concept.id,
            *(case((is_member, column), else_=literal("")) for column in told),
            is_own.label("is_own"),
        )
        .join(ConceptList, ConceptList.id == Concept.list_id)
        .where(
            Concept.forgotten_at.is_(None),
            or_(is_own, and_(is_theirs, ConceptList.kind != PERSONAL)),
        )
        .order_by(Concept.id)
    )
    return [HeldConcept(*row) for row in rows]


def views(session: Session, user_id: int, concept: HeldConcept) -> Iterator[HeldView]:
    """Yield the photos of a concept, the oldest first, one at a time.

    Of a shared concept those that the person added: the others are somebody else's.
    """
    of_concept: list[ColumnElement[bool]] = [View.concept_id == concept.concept_id]
    if not concept.is_own:
        of_concept.append(View.created_by == user_id)
    ids = session.scalars(select(View.id).where(*of_concept).order_by(View.id)).all()
    for view_id in ids:
        row = session.execute(
            select(View.photo, View.scene, View.box).where(View.id == view_id)
        ).one_or_none()
        # One that was erased meanwhile is not there any more.
        if row is not None:
            x1, y1, x2, y2 = row.box
            yield HeldView(row.photo, row.scene, (x1, y1, x2, y2))


def turns(session: Session, user_id: int) -> Iterator[dict[str, Any]]:
    """Yield what a person asked and was answered, the oldest first, as JSON has it."""
    rows = session.execute(
        select(
            Turn.question,
            Turn.answer,
            Turn.created_at,
            Turn.profile,
            Turn.detector,
            Turn.encoder,
            Turn.generator,
            Turn.cutoff,
            Turn.adapter,
        )
        .where(Turn.user_id == user_id)
        .order_by(Turn.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for row in rows:
        question, answer, at, *made_by = row
        parts = ("profile", "detector", "encoder", "generator", "cutoff", "adapter")
        yield {
            "question": question,
            "answer": answer,
            "at": _text(at),
            "made_by": dict(zip(parts, made_by, strict=True)),
        }


def _lists(session: Session, user_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(ConceptList.title, ConceptList.kind, Member.role, Member.joined_at)
        .join(Member, Member.list_id == ConceptList.id)
        .where(Member.user_id == user_id)
        .order_by(ConceptList.id)
    )
    return [
        {"title": title, "kind": kind, "role": role, "joined_at": _text(at)}
        for title, kind, role, at in rows
    ]


def _faces(session: Session, user_id: int) -> list[dict[str, Any]]:
    """Return the agreements to face keys that the person confirmed; never the keys."""
    rows = session.execute(
        select(
            Concept.name,
            Concept.face_agreed_at,
            ConceptList.title,
            ConceptList.id.in_(_lists_of(user_id)).label("is_member"),
        )
        .join(ConceptList, ConceptList.id == Concept.list_id)
        .where(Concept.face_agreed_by == user_id)
        .order_by(Concept.id)
    )
    return [
        {"confirmed_at": _text(at), **({"name": name, "list": title} if is_member else {})}
        for name, at, title, is_member in rows
    ]


def _lists_of(user_id: int) -> Select[int]:
    return select(Member.list_id).where(Member.user_id == user_id)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
