"""A request as a conversation: earlier turns in words alone, then the prompt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rap_engine.concept_text import defuse
from rap_engine.generate.fields import in_place
from rap_engine.generate.prompt import (
    CAPTION,
    PLAIN_SYSTEM,
    Prompt,
    plain_prompt,
    rap_prompt,
    same_prompt,
    with_names_marked,
)
from rap_engine.generate.protocol import GenerationRequest, Pair, Turn

Role = Literal["system", "user", "assistant"]

# Some templates take no message without words.
_NOTHING: Final = "\u2026"
# The words of RAP's grounding records.
_BOX_QUESTION: Final = "Give the bounding box of {name} in the image."
# Models that were not trained on those are told what a place looks like.
_BOX_FORMAT: Final = (
    " Answer with the bounding box alone, as [x1, y1, x2, y2]: left, top, right and bottom as"
    " shares of the photo's width and height, from 0 to 1, with two decimals."
)


@dataclass(frozen=True, slots=True)
class Message:
    """What one role says: words and, from a user, pictures."""

    role: Role
    content: Prompt


def rap_conversation(
    request: GenerationRequest, *, seeks: str | None = None
) -> tuple[Message, ...]:
    """Return the conversation as RAP's checkpoints know it: no system message, names marked.

    Args:
        request: what is asked.
        seeks: whose box is asked for instead of the request's question; None for the question.
    """
    earlier = [
        Message(role, (with_names_marked(words, request.references),))
        for role, words in _earlier(request.history)
    ]
    question = None if seeks is None else _box_question(seeks)
    return (*earlier, Message("user", rap_prompt(request, question)))


def plain_conversation(
    request: GenerationRequest, *, seeks: str | None = None
) -> tuple[Message, ...]:
    """Return the conversation for any other model, which is told what to do.

    `seeks` is as with `rap_conversation`.
    """
    earlier = [Message(role, (words,)) for role, words in _earlier(request.history)]
    question = None if seeks is None else _box_question(seeks) + _BOX_FORMAT
    prompt = plain_prompt(request, question)
    return (Message("system", (PLAIN_SYSTEM,)), *earlier, Message("user", prompt))


def same_conversation(pair: Pair) -> tuple[Message, ...]:
    """Ask any model whether a crop shows the reference's individual."""
    return (Message("user", same_prompt(pair)),)


def _box_question(name: str) -> str:
    return _BOX_QUESTION.format(name=in_place(name))


def _earlier(history: Sequence[Turn]) -> list[tuple[Role, str]]:
    said: list[tuple[Role, str]] = []
    for turn in history:
        said.append(("user", defuse(turn.question) or CAPTION))
        said.append(("assistant", defuse(turn.answer) or _NOTHING))
    return said
