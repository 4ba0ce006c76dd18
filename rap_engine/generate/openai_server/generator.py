"""From a request to an answer of a model behind an OpenAI-compatible server."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, Self

from pydantic import SecretStr

from rap_engine.errors import ServerError
from rap_engine.generate.boxes import parse_box
from rap_engine.generate.evidence import answer_from_evidence
from rap_engine.generate.marks import unmarked
from rap_engine.generate.openai_server.connection import Connection
from rap_engine.generate.openai_server.dialect import Ask
from rap_engine.generate.openai_server.messages import as_messages
from rap_engine.generate.openai_server.patience import Patience
from rap_engine.generate.openai_server.pointing import BOX_TOKENS, box_prompt
from rap_engine.generate.openai_server.replies import ended
from rap_engine.generate.openai_server.speech import Speech
from rap_engine.generate.openai_server.verifying import log_odds
from rap_engine.generate.pointing import located
from rap_engine.generate.prompt import (
    PLAIN_SYSTEM,
    Prompt,
    plain_prompt,
    rap_prompt,
    same_prompt,
    sought_in,
)
from rap_engine.generate.protocol import Generated, GenerationRequest, Pair
from rap_engine.types import Reference

_PAIRS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """What goes into a request and how long the answer may be."""

    max_references: int
    max_new_tokens: int
    temperature: float = 0.0
    is_rap: bool = False
    """Whether the model was trained on RAP's prompts, which have no system message."""

    def for_size(self, *, is_small: bool) -> "Limits":
        """Return them, halved for a request that must make do with less."""
        if not is_small:
            return self
        return replace(
            self,
            max_references=max(self.max_references // 2, 1),
            max_new_tokens=max(self.max_new_tokens // 2, 1),
        )


class OpenAiGenerator:
    """Asks a model over HTTP what the evidence does not answer by itself.

    Holds connections: `close` it, or use it in a `with` block.
    """

    adapter = None
    """An adapter is a model of its own to a server: its name is the model's."""

    def __init__(self, connection: Connection, limits: Limits, wait: Patience) -> None:
        self._connection = connection
        self._limits = limits
        self._wait = wait

    @classmethod
    def connect(
        cls,
        *,
        base_url: str | None,
        api_key: SecretStr | None,
        model: str | None,
        max_references: int,
        max_new_tokens: int,
        temperature: float = 0.0,
        is_rap: bool = False,
        wait: Patience | None = None,
    ) -> Self:
        """Return a generator for one model of one server; nothing is sent yet.

        Raises:
            ServerError: the settings name no server or no model.
        """
        if not base_url or not model:
            raise ServerError(
                "the profile `openai` needs a server: set RAPBOT_OPENAI_BASE_URL, for instance"
                " http://127.0.0.1:8000/v1, and RAPBOT_OPENAI_MODEL"
            )
        wait = wait or Patience()
        connection = Connection(base_url, api_key, model, wait)
        limits = Limits(max_references, max_new_tokens, temperature, is_rap)
        return cls(connection, limits, wait)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the server."""
        self._connection.close()

    @property
    def name(self) -> str:
        """The model's name on its server."""
        return self._connection.model

    def generate(self, request: GenerationRequest) -> Generated:
        """Return the answer to the request's question.

        Raises:
            ServerAway: the server cannot be reached, is busy or does not answer in time.
            ServerRefused: it answers, but not this; the message says why.
        """
        known = self._from_evidence(request)
        if known is not None:
            return known
        reply = self._connection.ask(self._ask(request), self._answer_deadline())
        return Generated(ended(unmarked(reply.text, request.references), reply.finish))

    def stream(
        self,
        request: GenerationRequest,
        on_text: Callable[[str], None],
        stop: Callable[[], bool] | None = None,
    ) -> Generated:
        """Answer as `generate` does, and give the text out while it grows.

        Args:
            request: the question.
            on_text: gets each new piece; together they are the answer's text.
            stop: is asked after each piece; True ends the answer where it is.

        Raises:
            ServerAway: as `generate`; pieces may have been given out before.
            ServerRefused: as `generate`.
        """
        known = self._from_evidence(request)
        if known is not None:
            on_text(known.text)
            return known
        speech = Speech(on_text, request.references)
        finish: str | None = None
        with closing(
            self._connection.stream(self._ask(request), self._answer_deadline())
        ) as pieces:
            for piece in pieces:
                speech.add(piece.text)
                finish = piece.finish or finish
                if stop is not None and stop():
                    return Generated(speech.said)
        return Generated(speech.end(finish))

    def same(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the log odds of yes against no of each pair; a few pairs are asked at once.

        Raises:
            ServerAway: as `generate`, or not all pairs were answered in time.
            ServerRefused: as `generate`.
        """
        deadline = time.monotonic() + self._wait.verify_s
        with ThreadPoolExecutor(_PAIRS_AT_ONCE, thread_name_prefix="verify") as pool:
            return list(pool.map(lambda pair: self._same(pair, deadline), pairs))

    def _same(self, pair: Pair, deadline: float) -> float:
        messages = as_messages(self._system, (), same_prompt(pair))
        ask = Ask(messages, max_tokens=1, wants_logprobs=True)
        return log_odds(self._connection.ask(ask, deadline))

    def _from_evidence(self, request: GenerationRequest) -> Generated | None:
        """Answer if the evidence does, with at most a box from the model."""
        sought = sought_in(request)
        if sought is not None and sought.match is not None:
            return self._point(request, sought)
        return answer_from_evidence(request)

    def _point(self, request: GenerationRequest, sought: Reference) -> Generated:
        prompt = (
            rap_prompt(replace(request, references=(sought,)))
            if self._limits.is_rap
            else box_prompt(request, sought)
        )
        ask = Ask(as_messages(self._system, (), prompt), BOX_TOKENS)
        reply = self._connection.ask(ask, self._answer_deadline())
        return located(request, sought, parse_box(reply.text))

    def _ask(self, request: GenerationRequest) -> Ask:
        limits = self._limits.for_size(is_small=request.is_small)
        references = request.references[: limits.max_references]
        prompt = self._prompt(replace(request, references=references))
        messages = as_messages(self._system, request.history, prompt)
        return Ask(messages, limits.max_new_tokens, limits.temperature)

    @property
    def _system(self) -> str:
        return "" if self._limits.is_rap else PLAIN_SYSTEM

    def _prompt(self, request: GenerationRequest) -> Prompt:
        return rap_prompt(request) if self._limits.is_rap else plain_prompt(request)

    def _answer_deadline(self) -> float:
        return time.monotonic() + self._wait.answer_s
