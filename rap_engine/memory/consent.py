"""Consent to training: off until somebody says yes, and the one query that training reads from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rap_engine.memory.people import PERSONAL
from rap_engine.memory.tables import Concept, ConceptList, Member, User, View

_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class ConsentedView:
    """One photo, with what was told of whom it shows, that may be trained on. `photo` is JPEG."""

    user_id: int
    concept_id: int
    view_id: int
    name: str
    info: str
    category: str
    photo: bytes


def agree_to_training(session: Session, user_id: int) -> None:
    """Note that a person agrees, and when; an earlier yes keeps its time."""
    session.execute(
        update(User)
        .where(User.id == user_id, User.training_agreed_at.is_(None))
        .values(training_agreed_at=func.now())
    )


def withdraw_from_training(session: Session, user_id: int) -> None:
    """Take a person's agreement back. Nothing of theirs is read for training from then on."""
    session.execute(update(User).where(User.id == user_id).values(training_agreed_at=None))


def agreed_to_training_at(session: Session, user_id: int) -> datetime | None:
    """Return when a person agreed; None if they do not."""
    return session.scalar(select(User.training_agreed_at).where(User.id == user_id))


def concepts_for_training(session: Session) -> Iterator[ConsentedView]:
    """Yield all that may be trained on now. Training reads concepts from nowhere else.

    That is what people who agreed told of their own, in their own lists, in their own words and
    with photos that they added themselves. What a family or a group shares is left out whoever
    agreed: a photo there is also somebody else's.
    """
    rows = session.execute(
        select(
            User.id, Concept.id, View.id, Concept.name, Concept.info, Concept.category, View.photo
        )
        .join_from(View, Concept, Concept.id == View.concept_id)
        .join(ConceptList, ConceptList.id == Concept.list_id)
        .join(Member, Member.list_id == ConceptList.id)
        .join(User, User.id == Member.user_id)
        .where(
            ConceptList.kind == PERSONAL,
            User.training_agreed_at.is_not(None),
            Concept.created_by == User.id,
            Concept.told_by == User.id,
            View.created_by == User.id,
            View.is_readable,
            Concept.forgotten_at.is_(None),
        )
        .order_by(View.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for row in rows:
        yield ConsentedView(*row)
