"""Requests to one model of one server: patiently, and with typed errors."""

import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Final, TypeVar

from openai import APIError, DefaultHttpx2Client, OpenAI, Stream, Timeout
from openai.types.chat import ChatCompletionChunk
from pydantic import SecretStr

from config.logs import get_logger
from rap_engine.errors import ServerAway, ServerRefused
from rap_engine.generate.openai_server.dialect import Ask, Dialect
from rap_engine.generate.openai_server.failures import explained
from rap_engine.generate.openai_server.hanging_up import NO_KEEPING, TOO_LATE, HangingUp, follow
from rap_engine.generate.openai_server.patience import Patience
from rap_engine.generate.openai_server.replies import (
    NOT_THE_PROTOCOL,
    Reply,
    read_piece,
    read_reply,
)

T = TypeVar("T")
_log = get_logger(__name__)

# Without one the client would take OPENAI_API_KEY and send it to a server it was not meant for.
_NO_KEY: Final = "none"


class Connection:
    """Asks one model. May be shared between threads."""

    def __init__(self, base_url: str, key: SecretStr | None, model: str, wait: Patience) -> None:
        self.model = model
        self._key = key
        self._wait = wait
        self._dialect = Dialect()
        self._client = OpenAI(
            base_url=base_url,
            api_key=(key.get_secret_value() if key else "") or _NO_KEY,
            max_retries=0,  # see `Patience`
            # A redirect would send people's photos to a host that nobody named.
            http_client=DefaultHttpx2Client(
                follow_redirects=False, limits=NO_KEEPING, event_hooks={"request": [follow]}
            ),
        )

    def close(self) -> None:
        """Close the HTTP connections."""
        self._client.close()

    def ask(self, ask: Ask, deadline: float) -> Reply:
        """Return the whole answer.

        Args:
            ask: the request.
            deadline: of `time.monotonic`, for all attempts together.

        Raises:
            ServerAway: it cannot be reached, is busy or does not answer in time.
            ServerRefused: it does not do what is asked, or answers with no chat completion.
        """

        def attempt(dialect: Dialect, left_s: float) -> Reply:
            completion = self._client.chat.completions.create(
                **dialect.parameters(ask),
                model=self.model,
                stream=False,
                timeout=Timeout(left_s, connect=min(self._wait.connect_s, left_s)),
            )
            return read_reply(completion)

        with HangingUp(deadline) as hanging_up:
            return self._patiently(attempt, deadline, hanging_up)

    def stream(self, ask: Ask, deadline: float) -> Generator[Reply, None, None]:
        """Yield the answer's pieces; closing the iterator closes the connection.

        Only the beginning is repeated, never an answer of which a piece came.

        Raises:
            ServerAway: as `ask`, or the answer broke off.
            ServerRefused: as `ask`.
        """

        def attempt(dialect: Dialect, left_s: float) -> Stream[ChatCompletionChunk]:
            silence_s = min(self._wait.silence_s, left_s)
            return self._client.chat.completions.create(
                **dialect.parameters(ask),
                model=self.model,
                stream=True,
                timeout=Timeout(silence_s, connect=min(self._wait.connect_s, silence_s)),
            )

        with (
            HangingUp(deadline) as hanging_up,
            self._patiently(attempt, deadline, hanging_up) as chunks,
        ):
            while (piece := self._next_piece(chunks, hanging_up)) is not None:
                yield piece

    def _next_piece(
        self, chunks: Stream[ChatCompletionChunk], hanging_up: HangingUp
    ) -> Reply | None:
        with hanging_up.during():
            piece = _tried(lambda: next(chunks, None))
        if hanging_up.has_hung_up:
            raise ServerAway(TOO_LATE)
        if isinstance(piece, APIError):
            raise explained(piece, self.model, self._key)
        return None if piece is None else read_piece(piece)

    def _patiently(
        self, attempt: Callable[[Dialect, float], T], deadline: float, hanging_up: HangingUp
    ) -> T:
        """Attempt it until it works, the server refuses for good, or the time is over."""
        retries = 0
        while True:
            dialect, left_s = self._dialect, deadline - time.monotonic()
            if left_s <= 0:
                raise ServerAway("the server did not answer in time")
            with hanging_up.during():
                result = _tried(partial(attempt, dialect, left_s))
            if not isinstance(result, APIError):
                return result
            if hanging_up.has_hung_up:
                raise ServerAway(TOO_LATE)
            if dialect.without_refused(result) != dialect:
                # Another thread may have learnt something else meanwhile.
                self._dialect = self._dialect.without_refused(result)
                continue
            pause_s = self._wait.pause_before_retry(result, retries)
            if pause_s is None or pause_s >= deadline - time.monotonic():
                raise explained(result, self.model, self._key)
            _log.info("server_asked_again", model=self.model, pause_s=pause_s)
            self._wait.sleep(pause_s)
            retries += 1


def _tried(call: Callable[[], T]) -> T | APIError:
    """Return the result, or the client's error as a value: nothing is raised in its context."""
    try:
        return call()
    except APIError as error:
        return error
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or nested too deeply
        raise ServerRefused(NOT_THE_PROTOCOL) from None
