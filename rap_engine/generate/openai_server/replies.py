"""What came back, checked: the client itself takes any JSON for an answer."""

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from rap_engine.errors import ServerRefused
from rap_engine.generate.composed import sentences
from rap_engine.generate.words import CUT_OFF

NOT_THE_PROTOCOL: Final = (
    "the server's answer is no chat completion: does RAPBOT_OPENAI_BASE_URL end in /v1?"
)


class _Lenient(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _Said(_Lenient):
    content: str | None = None
    refusal: str | None = None


class Likely(_Lenient):
    """A token that the model might have said, and the logarithm of how likely it was."""

    token: str
    logprob: float


class _Place(_Lenient):
    top_logprobs: list[Likely] | None = None


class _Logprobs(_Lenient):
    content: list[_Place] | None = None


class _Choice(_Lenient):
    message: _Said | None = None
    delta: _Said | None = None
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Completion(_Lenient):
    choices: list[_Choice]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or a piece of a streamed one.

    Attributes:
        text: what the model says; a model's own refusal is an answer too.
        finish: why it ended, None where the server does not say or it goes on.
        first: the likely first tokens; () from a server without log probabilities.
    """

    text: str
    finish: str | None = None
    first: tuple[Likely, ...] = ()


def read_reply(completion: object) -> Reply:
    """Read a whole completion.

    Raises:
        ServerRefused: it is none, or it has no choice.
    """
    choices = _checked(completion).choices
    if not choices:
        raise ServerRefused("the server's answer is empty: it has no choices")
    return _reply(choices[0], choices[0].message)


def read_piece(chunk: object) -> Reply:
    """Read a piece of a streamed completion; one without choices only counts tokens.

    Raises:
        ServerRefused: it is none.
    """
    choices = _checked(chunk).choices
    return _reply(choices[0], choices[0].delta) if choices else Reply("")


def ended(text: str, finish: str | None) -> str:
    """Return what was `told` as it is given out, with a mark if the answer was cut off.

    A model that ends its answer before the first word has none; that is no fault of the server.

    Raises:
        ServerRefused: there is no text for another reason, or a filter withheld it.
    """
    if finish == "content_filter":
        raise ServerRefused("the server's content filter withheld the answer")
    if text:
        is_marked = finish != "length" or text.endswith(CUT_OFF)
        return text if is_marked else text + CUT_OFF
    if finish == "stop":
        return sentences.NO_ANSWER
    if finish == "length":
        raise ServerRefused("the answer is empty: the model spent all its tokens before it spoke")
    raise ServerRefused("the server's answer is empty")


def _checked(answer: object) -> _Completion:
    try:
        return _Completion.model_validate(answer)
    except ValidationError:
        # Without its context: that quotes the answer.
        raise ServerRefused(NOT_THE_PROTOCOL) from None


def _reply(choice: _Choice, said: _Said | None) -> Reply:
    text = "" if said is None else said.content or said.refusal or ""
    places = choice.logprobs.content if choice.logprobs else None
    first = places[0].top_logprobs if places else None
    return Reply(text, choice.finish_reason, tuple(first or ()))
