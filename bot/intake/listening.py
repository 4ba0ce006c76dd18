"""The webhook's HTTP server: says nothing about itself, and can be neither filled nor held up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.intake.tally import Tally
from config.logs import get_logger

Answer = Callable[[web.BaseRequest], Awaitable[web.Response]]

_log = get_logger(__name__)
_MOST_CONNECTIONS = 64
_HANDLING: dict[str, Any] = {
    # No log of requests: their paths and addresses are nobody's business.
    "access_log": None,
    # Also how long a client may take for its headers. Proxies keep connections for 60 s.
    "keepalive_timeout": 75.0,
    # How long a body that nobody wants is read, so that its sender gets to see the answer.
    "lingering_time": 5.0,
    # Telegram sends nothing compressed, and what is not unpacked cannot blow up.
    "auto_decompress": False,
}


def reply(status: int, retry_after_s: int | None = None) -> web.Response:
    """Return an empty answer that names no software."""
    headers = {"Server": "webhook"}
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    return web.Response(status=status, headers=headers)


class _Connection(web.RequestHandler):
    """One connection. The library would quote what it could not read, to the client and the log."""

    __slots__ = ("_tally",)

    def __init__(self, server: "Listener", tally: Tally) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **_HANDLING)
        self._tally = tally

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  quotes the request
    ) -> web.StreamResponse:
        """Answer a request that is no HTTP, or that our code failed on."""
        if status >= 500:  # noqa: PLR2004
            _log.error("webhook_failed", error=type(exc).__name__, exc_info=exc)
        else:
            self._tally.add("malformed")
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun")
        response = reply(status)
        response.force_close()
        return response


class Listener(web.Server):
    """Hands requests to `answer`. With too many connections the oldest makes room."""

    def __init__(self, answer: Answer, tally: Tally) -> None:
        super().__init__(answer)
        self._tally = tally

    def __call__(self) -> web.RequestHandler:
        """Return the protocol of a new connection."""
        return _Connection(self, self._tally)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Note a new connection."""
        open_ones = [one for one in self.connections if one.transport is not None]
        for oldest in open_ones[: 1 - _MOST_CONNECTIONS]:
            self._tally.add("too_many")
            oldest.force_close()
        super().connection_made(handler, transport)
