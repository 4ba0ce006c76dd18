"""From a request to an answer of a model behind an OpenAI-compatible server."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, Self

from pydantic import SecretStr

from rap_engine.errors import ServerError
from rap_engine.generate.conversation import (
    plain_conversation,
    rap_conversation,
    same_conversation,
)
from rap_engine.generate.evidence import answer_from_evidence
from rap_engine.generate.openai_server.connection import Connection
from rap_engine.generate.openai_server.dialect import Ask
from rap_engine.generate.openai_server.messages import as_messages
from rap_engine.generate.openai_server.patience import Patience
from rap_engine.generate.openai_server.replies import ended
from rap_engine.generate.openai_server.verifying import log_odds
from rap_engine.generate.pointing import BOX_TOKENS, located, seeking
from rap_engine.generate.prompt import sought_in
from rap_engine.generate.protocol import Generated, GenerationRequest, Pair
from rap_engine.generate.speech import Speech
from rap_engine.generate.words import MOST_HEARD, told, told_so_far
from rap_engine.types import Reference

_PAIRS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """What goes into a request and how long the answer may be."""

    max_references: int
    max_new_tokens: int
    temperature: float = 0.0

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

    Holds connections: `close` it.
    """

    def __init__(
        self,
        connection: Connection,
        limits: Limits,
        wait: Patience,
        *,
        is_rap: bool,
        boxes_are_padded: bool,
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._wait = wait
        self._compose = rap_conversation if is_rap else plain_conversation
        self._boxes_are_padded = boxes_are_padded

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
        boxes_are_padded: bool = False,
        wait: Patience | None = None,
    ) -> Self:
        """Return a generator for one model of one server; nothing is sent yet.

        Args:
            base_url: the server's address.
            api_key: sent to it; None for a server that wants none.
            model: its name there.
            max_references: the most pictures beside the photo.
            max_new_tokens: of the longest answer.
            temperature: of answers; a place is always decoded greedily.
            is_rap: whether the model was trained on RAP's prompts.
            boxes_are_padded: whether its places are shares of the photo padded to a square.
            wait: how long, and how often to ask again.

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
        limits = Limits(max_references, max_new_tokens, temperature)
        return cls(connection, limits, wait, is_rap=is_rap, boxes_are_padded=boxes_are_padded)

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
        known = self._without_words(request)
        if known is not None:
            return known
        reply = self._connection.ask(self._ask(request), self._answer_deadline())
        return Generated(ended(told(reply.text, request.references), reply.finish))

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
        speech = Speech(on_text)
        known = self._without_words(request)
        if known is not None:
            speech.say(known.text)
            return known
        heard, finish = "", None
        with closing(
            self._connection.stream(self._ask(request), self._answer_deadline())
        ) as pieces:
            for piece in pieces:
                if len(heard) < MOST_HEARD:
                    heard += piece.text
                    speech.say(told_so_far(heard, request.references))
                finish = piece.finish or finish
                if stop is not None and stop():
                    return Generated(speech.said)
        speech.say(ended(told(heard, request.references), finish))
        return Generated(speech.said)

    def same(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the log odds of yes against no of each pair; a few pairs are asked at once.

        Raises:
            ServerAway: as `generate`, or not all pairs were answered in time.
            ServerRefused: as `generate`.
        """
        deadline = time.monotonic() + self._wait.verify_s
        pool = ThreadPoolExecutor(_PAIRS_AT_ONCE, thread_name_prefix="verify")
        try:
            asked = [pool.submit(self._same, pair, deadline) for pair in pairs]
            for answered in as_completed(asked):
                answered.result()
            return [each.result() for each in asked]
        finally:
            # After the first error nobody waits for the other answers.
            pool.shutdown(wait=False, cancel_futures=True)

    def _same(self, pair: Pair, deadline: float) -> float:
        ask = Ask(as_messages(same_conversation(pair)), max_tokens=1, wants_logprobs=True)
        return log_odds(self._connection.ask(ask, deadline))

    def _without_words(self, request: GenerationRequest) -> Generated | None:
        """Return an answer that has none of the model's words: the evidence's, or a place."""
        known = answer_from_evidence(request)
        sought = sought_in(request) if known is None else None
        return known if sought is None else self._point(request, sought)

    def _point(self, request: GenerationRequest, sought: Reference) -> Generated:
        conversation = self._compose(seeking(request, sought), seeks=sought.shown_name)
        ask = Ask(as_messages(conversation), BOX_TOKENS)
        words = self._connection.ask(ask, self._answer_deadline()).text
        return located(request, sought, words, are_padded=self._boxes_are_padded)

    def _ask(self, request: GenerationRequest) -> Ask:
        limits = self._limits.for_size(is_small=request.is_small)
        references = request.references[: limits.max_references]
        conversation = self._compose(replace(request, references=references))
        return Ask(as_messages(conversation), limits.max_new_tokens, limits.temperature)

    def _answer_deadline(self) -> float:
        return time.monotonic() + self._wait.answer_s
