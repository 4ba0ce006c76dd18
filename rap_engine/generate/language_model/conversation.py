"""A request as a conversation: earlier turns in words alone, then the prompt."""

from dataclasses import replace

from rap_engine.concept_text import defuse
from rap_engine.generate.language_model.template import Message
from rap_engine.generate.prompt import (
    CAPTION,
    PLAIN_SYSTEM,
    plain_prompt,
    rap_prompt,
    sought_in,
    with_names_marked,
)
from rap_engine.generate.protocol import GenerationRequest, Turn
from rap_engine.types import Reference, Region

# Models that were not trained on RAP's grounding questions are told what a place looks like.
_BOX_WANTED = (
    "\nAnswer with the bounding box alone, as [x1, y1, x2, y2]: shares of the photo's width and"
    " height from 0 to 1, from the top left."
)


def rap_conversation(request: GenerationRequest) -> tuple[Message, ...]:
    """Return the conversation as RAP's checkpoints know it: no system message, names marked."""
    earlier = [
        Message(message.role, tuple(_marked(part, request) for part in message.content))
        for turn in request.history
        for message in _said(turn)
    ]
    return (*earlier, Message("user", rap_prompt(request)))


def plain_conversation(request: GenerationRequest) -> tuple[Message, ...]:
    """Return the conversation for any other model, which is told what to do."""
    earlier = [message for turn in request.history for message in _said(turn)]
    sought = sought_in(request)
    if sought is None:
        prompt = plain_prompt(request)
    else:
        prompt = (*plain_prompt(_without_place(request, sought)), _BOX_WANTED)
    return (Message("system", (PLAIN_SYSTEM,)), *earlier, Message("user", prompt))


def _without_place(request: GenerationRequest, sought: Reference) -> GenerationRequest:
    """Hide where the sought one was matched: a model that reads a box repeats it."""
    hidden = replace(sought, match=sought.match and replace(sought.match, region=Region.whole()))
    references = (hidden if one is sought else one for one in request.references)
    return replace(request, references=tuple(references))


def _said(turn: Turn) -> tuple[Message, Message]:
    question = defuse(turn.question) or CAPTION
    return Message("user", (question,)), Message("assistant", (defuse(turn.answer),))


def _marked(part: object, request: GenerationRequest) -> str:
    return with_names_marked(str(part), request.references)
