"""How long to wait for the server, and when to ask it once more.

The client's own retries are off: it repeats after a time-out too, when the model may be in the
midst of an answer, which costs the same money twice and queues behind itself. Here a request is
repeated only if nothing can have been generated: it was never sent, or the server said at once
that it does not do it now.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2
from openai import APIError, APIStatusError

from rap_engine.generate.openai_server.complaints import is_for_good

_BUSY: Final = frozenset({408, 409, 429})
_SERVER_ERRORS: Final = range(500, 600)
# A gateway gave up waiting, not the model behind it: 504, and Cloudflare's 524.
_GATEWAY_GAVE_UP: Final = frozenset({504, 524})
_FIRST_PAUSE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Patience:
    """Waiting times in seconds; together they stay below a job's limit of 300.

    Attributes:
        connect_s: for a connection.
        answer_s: for an answer, retries included.
        silence_s: between two pieces of a streamed answer, and for its first one.
        verify_s: for all pairs of a verification together.
        retries: how often a request is repeated at most.
        longest_pause_s: a server that asks for a longer pause (`Retry-After`) counts as away.
        sleep: waits between two attempts.
    """

    connect_s: float = 5.0
    answer_s: float = 180.0
    silence_s: float = 60.0
    verify_s: float = 45.0
    retries: int = 2
    longest_pause_s: float = 20.0
    sleep: Callable[[float], None] = time.sleep

    def pause_before_retry(self, error: APIError, retries_done: int) -> float | None:
        """Return the seconds until the request may be repeated; None: it must not be."""
        if retries_done >= self.retries or not _can_be_repeated(error):
            return None
        asked_for = _retry_after(error)
        if asked_for is None:
            return _FIRST_PAUSE_S * 2.0**retries_done
        return asked_for if asked_for <= self.longest_pause_s else None


def _can_be_repeated(error: APIError) -> bool:
    if not isinstance(error, APIStatusError):
        return isinstance(error.__cause__, (httpx2.ConnectError, httpx2.ConnectTimeout))
    if error.response.headers.get("x-should-retry") == "false" or is_for_good(error):
        return False
    status = error.status_code
    return status in _BUSY or (status in _SERVER_ERRORS and status not in _GATEWAY_GAVE_UP)


def _retry_after(error: APIError) -> float | None:
    """Return the pause that the server asks for, in seconds, at least 0 (RFC 9110, 10.2.3)."""
    value = error.response.headers.get("retry-after") if isinstance(error, APIStatusError) else None
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((aware - datetime.now(UTC)).total_seconds(), 0.0)
