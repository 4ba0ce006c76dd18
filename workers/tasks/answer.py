"""Answer: a question, with or without a photo, becomes words and maybe a picture."""

from sqlalchemy.orm import Session

from rap_engine.engine import Engine
from rap_engine.exchange import Question
from rap_engine.memory import acting_as
from rap_engine.memory.conversations import PastTurn, add_turn
from workers.jobs.uploads import earlier_photo
from workers.jobs.values import AnswerRequest, Content, Draft, Lease
from workers.runner import Outcome


def answer(session: Session, engine: Engine, lease: Lease, photo: bytes | None) -> Outcome:
    """Answer, and add the turn to the conversation in the same commit."""
    request = AnswerRequest(**lease.payload)
    chat = lease.address.chat
    given = engine.answer(Question(chat, request.question, photo))
    if given.needs_photo and (earlier := earlier_photo(session, lease.address)) is not None:
        # "Where is Biscuit?" after a photo means that photo.
        given = engine.answer(Question(chat, request.question, earlier))
    turn = PastTurn(request.question, given.text, given.concept_ids)
    with acting_as(session, chat.actor):
        add_turn(session, chat, turn, given.made_by)
    return Outcome([Draft(Content(text=given.text), given.picture)], given.to_json())
