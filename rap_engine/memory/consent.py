"""Consent to training: off until somebody says yes, and the one place that training reads from."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from rap_engine.memory.people import PERSONAL
from rap_engine.memory.tables import (
    Concept,
    ConceptList,
    Conversation,
    Member,
    Turn,
    User,
    View,
)
from rap_engine.naming import find_mentions, fold
from rap_engine.types import Box

_AT_ONCE = 20

_NOBODY = cast(array([]), ARRAY(BigInteger))


@dataclass(frozen=True, slots=True)
class ConsentedView:
    """One photo, with what was told of whom it shows, that may be trained on.

    Attributes:
        photo: JPEG, cut to whom it shows.
        scene: The whole photo, JPEG; None where `photo` is all of it.
        box: Where in the scene it is.
    """

    user_id: int
    concept_id: int
    view_id: int
    name: str
    info: str
    category: str
    photo: bytes
    scene: bytes | None
    box: Box


@dataclass(frozen=True, slots=True)
class ConsentedTurn:
    """A question and its answer that may be trained on, and the concept that they are about."""

    concept_id: int
    question: str
    answer: str


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
    """Yield all photos that may be trained on now. Training reads concepts from nowhere else.

    That is what people who agreed told of their own, in their own lists, in their own words and
    with photos that they added themselves. What a family or a group shares is left out whoever
    agreed: a photo there is also somebody else's.
    """
    rows = session.execute(
        _consented()
        .add_columns(
            *(User.id, Concept.id, View.id, Concept.name, Concept.info, Concept.category),
            *(View.photo, View.scene, View.box),
        )
        .order_by(View.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for user_id, concept_id, view_id, name, info, category, photo, scene, box in rows:
        yield ConsentedView(
            user_id, concept_id, view_id, name, info, category, photo, scene, Box(*box)
        )


def turns_for_training(session: Session) -> Iterator[ConsentedTurn]:
    """Yield the questions, with their answers, that may be trained on now.

    Each was asked in a chat that its person is alone in with the bot, names its concept, and was
    answered about that alone: one of those that `concepts_for_training` yields. Photos of questions
    are not kept, so one that names nobody was about a photo that is gone.
    """
    own = _consented().add_columns(Concept.id, Concept.name, User.id.label("user_id"))
    concept = own.distinct().subquery()
    rows = session.execute(
        select(concept.c.id, Turn.question, Turn.answer, concept.c.name)
        .join(concept, Turn.concept_ids == func.array_append(_NOBODY, concept.c.id))
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(Turn.user_id == concept.c.user_id, _is_alone_with_the_bot())
        .order_by(Turn.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for *told, name in rows:
        turn = ConsentedTurn(*told)
        if find_mentions(fold(turn.question), {turn.concept_id: name}):
            yield turn


def consented_view_ids(session: Session) -> list[int]:
    """Return the numbers of all photos that may be trained on now."""
    return list(session.scalars(_consented().add_columns(View.id).order_by(View.id)))


def are_consented(session: Session, view_ids: Collection[int]) -> bool:
    """Say whether all these views may still be trained on.

    Not so once their person withdrew, was erased or forgot a concept, or a concept moved to where
    others see it.
    """
    still = _consented().add_columns(func.count()).where(View.id.in_(view_ids))
    count: int = session.scalars(still).one()
    return count == len(view_ids)


def count_for_training(session: Session) -> int:
    """Return how many views may be trained on now."""
    count: int = session.scalars(_consented().add_columns(func.count())).one()
    return count


def _consented() -> Select[()]:
    """Return the views that may be trained on, without columns."""
    return (
        select()
        .select_from(View)
        .join(Concept, Concept.id == View.concept_id)
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
    )


def _is_alone_with_the_bot() -> ColumnElement[bool]:
    """Return the condition that a chat is no group's: the numbers of those are below 0."""
    return Conversation.chat_id > 0
