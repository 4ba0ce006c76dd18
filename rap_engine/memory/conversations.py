"""What was said before in a chat, so that a question may follow up."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rap_engine.memory.database import Actor
from rap_engine.memory.tables import Conversation, Turn

PAUSE = timedelta(minutes=30)
"""A longer silence begins a new conversation."""
HISTORY_TURNS = 6


@dataclass(frozen=True, slots=True)
class ChatId:
    """One person in one chat of one channel. `group_id` is the list of a group's chat."""

    user_id: int
    channel: str
    chat_id: int
    group_id: int | None = None

    @property
    def actor(self) -> Actor:
        """Who asks, with the eyes that they have in this chat."""
        return Actor(self.user_id, self.group_id)


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A turn as a later question sees it."""

    question: str
    answer: str
    concept_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made an answer."""

    profile: str
    detector: str
    encoder: str
    generator: str
    cutoff: float
    adapter: str | None = None


def history(session: Session, chat: ChatId) -> list[PastTurn]:
    """Return the last turns of the conversation that goes on, oldest first."""
    conversation = _current(session, chat)
    if conversation is None:
        return []
    turns = session.scalars(
        select(Turn)
        .where(Turn.conversation_id == conversation.id)
        .order_by(Turn.id.desc())
        .limit(HISTORY_TURNS)
    ).all()
    return [PastTurn(t.question, t.answer, tuple(t.concept_ids)) for t in reversed(turns)]


def add_turn(session: Session, chat: ChatId, turn: PastTurn, made_by: Provenance) -> None:
    """Add a turn to the conversation that goes on, or begin a new one with it."""
    conversation = _current(session, chat)
    if conversation is None:
        conversation = Conversation(
            user_id=chat.user_id, channel=chat.channel, chat_id=chat.chat_id
        )
        session.add(conversation)
        session.flush()
    conversation.last_turn_at = func.now()
    session.add(
        Turn(
            conversation_id=conversation.id,
            user_id=chat.user_id,
            question=turn.question,
            answer=turn.answer,
            concept_ids=list(turn.concept_ids),
            profile=made_by.profile,
            detector=made_by.detector,
            encoder=made_by.encoder,
            generator=made_by.generator,
            cutoff=made_by.cutoff,
            adapter=made_by.adapter,
        )
    )
    session.flush()


def _current(session: Session, chat: ChatId) -> Conversation | None:
    return session.scalar(
        select(Conversation)
        .where(
            Conversation.user_id == chat.user_id,
            Conversation.channel == chat.channel,
            Conversation.chat_id == chat.chat_id,
            Conversation.last_turn_at > func.now() - PAUSE,
        )
        .order_by(Conversation.last_turn_at.desc())
        .limit(1)
    )
