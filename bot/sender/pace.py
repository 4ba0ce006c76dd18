"""Keeps to Telegram's limits: so many messages a second, a chat and a group.

The library's `AIORateLimiter` waits inside the request, and whoever waits keeps a lane from the
replies of other chats. Here a chat that has to wait is refused at once, with the time after which
to come back; only the limit of all chats together, which are thirtieths of a second, is waited for.
The numbers are Telegram's own (https://core.telegram.org/bots/faq, "My bot is hitting limits").
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from telegram.constants import FloodLimit
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.patience import retry_after_s

Json = dict[str, Any]
_SHOWING = ("send", "edit", "copy", "forward")
"""How the calls begin that put something into a chat."""
_SIGN = "sendChatAction"
"""Is not a message: it takes no message's place."""
_ALL_CHATS = (int(FloodLimit.MESSAGES_PER_SECOND), 1.0)
_CHAT = (3, 3.0)
"""One a second, as Telegram wants it; a short burst may come at once, which it allows."""
_GROUP = (int(FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP), 60.0)
_MOST_CHATS = 1_000


class Paced(RetryAfter):
    """This side of the wire holds a call back: Telegram was not asked."""


class Window:
    """At most so many calls in any so many seconds."""

    def __init__(self, calls: int, seconds: float) -> None:
        self._times: deque[float] = deque(maxlen=calls)
        self._seconds = seconds

    def wait_s(self, now: float) -> float:
        """Return seconds until the next call may be made; 0 at once."""
        if len(self._times) != self._times.maxlen:
            return 0.0
        return max(0.0, self._times[0] + self._seconds - now)

    def note(self, now: float) -> None:
        """Note a call."""
        self._times.append(now)

    def is_over(self, now: float) -> bool:
        """Say whether none of the calls counts any more."""
        return not self._times or self._times[-1] + self._seconds <= now


class Pace(BaseRateLimiter[int]):
    """The limiter of one bot. Lives on its event loop.

    Args:
        clock: seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all = Window(*_ALL_CHATS)
        self._chats: dict[int, tuple[Window, ...]] = {}
        self._throttled: dict[int, float] = {}

    async def initialize(self) -> None:
        """Do nothing: there is nothing to open."""

    async def shutdown(self) -> None:
        """Do nothing: there is nothing to close."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | Json | list[Json]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,  # noqa: ARG002  the library's signature
    ) -> bool | Json | list[Json]:
        """Make a request if its chat may have one now.

        Raises:
            RetryAfter: the chat has to wait; a `Paced` if Telegram was not asked.
        """
        chat_id = data.get("chat_id")
        if not isinstance(chat_id, int) or not endpoint.startswith(_SHOWING):
            return await callback(*args, **kwargs)
        self._refuse_throttled(chat_id)
        if endpoint == _SIGN:
            return await callback(*args, **kwargs)
        self._take_turn_of(chat_id)
        await self._take_turn_of_all()
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as error:
            self._throttled[chat_id] = self._clock() + retry_after_s(error)
            raise

    def _refuse_throttled(self, chat_id: int) -> None:
        left_s = self._throttled.get(chat_id, 0.0) - self._clock()
        if left_s > 0:
            raise Paced(timedelta(seconds=left_s))
        self._throttled.pop(chat_id, None)

    def _take_turn_of(self, chat_id: int) -> None:
        now = self._clock()
        windows = self._windows(chat_id, now)
        wait_s = max(window.wait_s(now) for window in windows)
        if wait_s > 0:
            raise Paced(timedelta(seconds=wait_s))
        for window in windows:
            window.note(now)

    async def _take_turn_of_all(self) -> None:
        while (wait_s := self._all.wait_s(self._clock())) > 0:
            await asyncio.sleep(wait_s)
        self._all.note(self._clock())

    def _windows(self, chat_id: int, now: float) -> tuple[Window, ...]:
        if chat_id not in self._chats:
            if len(self._chats) >= _MOST_CHATS:
                self._forget(now)
            rules = (_CHAT, _GROUP) if chat_id < 0 else (_CHAT,)
            self._chats[chat_id] = tuple(Window(*rule) for rule in rules)
        return self._chats[chat_id]

    def _forget(self, now: float) -> None:
        """Forget chats that may have whatever they want, so that memory does not grow."""
        self._chats = {
            chat_id: windows
            for chat_id, windows in self._chats.items()
            if not all(window.is_over(now) for window in windows)
        }
        self._throttled = {chat: until for chat, until in self._throttled.items() if until > now}
