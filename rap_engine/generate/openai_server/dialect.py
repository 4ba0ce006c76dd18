"""Which parameters a server takes; learnt from what it refuses.

Refusing a parameter costs nothing, so the request is sent again without it, and so are all later
ones: newer OpenAI models take `max_completion_tokens` and no temperature, some servers have no
log probabilities.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypedDict

from openai import APIError, APIStatusError, Omit, omit
from openai.types.chat import ChatCompletionMessageParam

from rap_engine.generate.openai_server.complaints import words_of

_BAD_REQUESTS: Final = frozenset({400, 422})
_TOP_LOGPROBS: Final = 20
"""The most that the protocol allows."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `wants_logprobs`: of the first tokens that the model might say."""

    messages: Sequence[ChatCompletionMessageParam]
    max_tokens: int
    temperature: float = 0.0
    wants_logprobs: bool = False


class Parameters(TypedDict):
    """A request's parameters by the client's names."""

    messages: Sequence[ChatCompletionMessageParam]
    max_tokens: int | Omit
    max_completion_tokens: int | Omit
    temperature: float | Omit
    logprobs: bool | Omit
    top_logprobs: int | Omit


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is known of the server so far."""

    has_max_tokens: bool = True
    has_temperature: bool = True
    has_logprobs: bool = True

    def parameters(self, ask: Ask) -> Parameters:
        """Return the request as this server takes it."""
        has_logprobs = ask.wants_logprobs and self.has_logprobs
        return Parameters(
            messages=ask.messages,
            max_tokens=ask.max_tokens if self.has_max_tokens else omit,
            max_completion_tokens=omit if self.has_max_tokens else ask.max_tokens,
            temperature=ask.temperature if self.has_temperature else omit,
            logprobs=True if has_logprobs else omit,
            top_logprobs=_TOP_LOGPROBS if has_logprobs else omit,
        )

    def without_refused(self, error: APIError) -> "Dialect":
        """Return the dialect without the parameter that the error complains of; else itself."""
        if not isinstance(error, APIStatusError) or error.status_code not in _BAD_REQUESTS:
            return self
        complaint = f"{error.param} {words_of(error)}".lower()
        return replace(
            self,
            has_max_tokens=self.has_max_tokens and "max_completion_tokens" not in complaint,
            has_temperature=self.has_temperature and "temperature" not in complaint,
            has_logprobs=self.has_logprobs and "logprobs" not in complaint,
        )
