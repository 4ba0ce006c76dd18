"""Calls Telegram until it answers."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telegram.error import BadRequest, EndPointNotFound, InvalidToken, NetworkError, RetryAfter

from bot.errors import TokenRefused
from config.logs import get_logger

T = TypeVar("T")

_log = get_logger(__name__)
_FIRST_S = 0.5
_LONGEST_S = 30.0
LONGEST_DATABASE_S = 4.0
"""A database is near, and whoever waits for it waits with people's messages."""
_MOST_DOUBLINGS = 10


def backoff_s(failures: int, longest_s: float = _LONGEST_S) -> float:
    """Return seconds to wait after so many failures in a row: doubling, with a little chance.

    Chance keeps several programs from coming back at the same moment.
    """
    wait_s = min(_FIRST_S * 2 ** min(failures - 1, _MOST_DOUBLINGS), longest_s)
    return float(wait_s * random.uniform(0.8, 1.2))  # noqa: S311  nothing secret depends on it


def gist(error: Exception) -> str:
    """Return the first line of what an error says: the rest is the driver's advice or SQL."""
    return str(error).partition("\n")[0]


async def insist(call: Callable[[], Awaitable[T]], what: str) -> T:
    """Return what Telegram answers to a call that may be repeated.

    Args:
        call: makes the call anew each time.
        what: names the call in the log.

    Raises:
        TokenRefused: Telegram does not know the token.
        BadRequest: Telegram refuses the call itself.
    """
    failures = 0
    while True:
        try:
            return await call()
        except (InvalidToken, EndPointNotFound):
            # The library's message has the token in it, so it is not chained.
            raise TokenRefused from None
        except BadRequest:
            raise
        except RetryAfter as error:
            _log.warning("flood_limit", call=what, wait_s=retry_after_s(error))
            await asyncio.sleep(retry_after_s(error))
        except NetworkError as error:
            failures += 1
            _log.warning("telegram_unreachable", call=what, error=error.message, failures=failures)
            await asyncio.sleep(backoff_s(failures))


def retry_after_s(error: RetryAfter) -> float:
    """Return how many seconds Telegram asks to wait."""
    after = error.retry_after
    return float(after if isinstance(after, int) else after.total_seconds())
