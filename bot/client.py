"""The Bot API's client. One a process, so that one limiter sees every message."""

import os
from collections.abc import Sequence
from typing import Any

from telegram import LinkPreviewOptions
from telegram.constants import PollingLimit
from telegram.ext import Defaults, ExtBot
from telegram.request import HTTPXRequest

from bot.errors import TokenMissing
from bot.sender.pace import Pace
from config import Settings

Json = dict[str, Any]

_READ_TIMEOUT_S = 20.0
_CONNECT_TIMEOUT_S = 10.0


class Client(ExtBot[int]):
    """The library's bot, which can also hand updates out as they came."""

    def __repr__(self) -> str:
        """Return the class alone: the library's shows the token, and a log might too."""
        return f"<{type(self).__name__}>"

    async def fetch_updates(
        self, offset: int | None, kinds: Sequence[str], timeout_s: int
    ) -> list[Json]:
        """Call `getUpdates` and return JSON.

        The library's own method reads the updates: one that it cannot read would be lost, or
        come again for ever.
        """
        data: Json = {
            "timeout": timeout_s,
            "limit": PollingLimit.MAX_LIMIT,
            "allowed_updates": kinds,
        }
        if offset is not None:
            data["offset"] = offset
        updates: Any = await self._post(
            "getUpdates", data, read_timeout=timeout_s + _READ_TIMEOUT_S
        )
        return list(updates)


def make_client(settings: Settings) -> Client:
    """Return the client of the bot whose token is set.

    Raises:
        TokenMissing: none is set.
    """
    if settings.telegram_token is None:
        raise TokenMissing
    # The library's way to choose the coming meaning of `retry_after`; it warns without a choice.
    os.environ["PTB_TIMEDELTA"] = "true"
    return Client(
        settings.telegram_token.get_secret_value(),
        base_url=settings.telegram_base_url,
        base_file_url=settings.telegram_base_file_url,
        request=_request(),
        get_updates_request=_request(),
        # Nothing that people or models wrote is interpreted: no markup, and no previews of links.
        defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
        rate_limiter=Pace(),
    )


class _Request(HTTPXRequest):
    """Reads files piece by piece.

    The library's way leaves the whole file in a response that only the garbage collector frees:
    a few large photos in a row would add up.
    """

    async def do_request(self, url: str, method: str, *args: Any, **more: Any) -> tuple[int, bytes]:
        """Make a request; `GET` is what the library fetches files with."""
        if method != "GET":
            return await super().do_request(url, method, *args, **more)
        content = bytearray()
        async with self._client.stream(method, url) as response:
            async for piece in response.aiter_bytes():
                content += piece
        return response.status_code, bytes(content)


def _request() -> _Request:
    return _Request(read_timeout=_READ_TIMEOUT_S, connect_timeout=_CONNECT_TIMEOUT_S)
