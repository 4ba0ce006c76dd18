"""A request ends at its deadline, however slowly its answer drips.

The client's time-outs count from one byte to the next: a byte now and then holds it for ever.
"""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Final

import httpx2

from rap_engine.errors import ServerAway, ServerRefused

TOO_LATE: Final = "the server did not finish its answer in time"
NO_KEEPING: Final = httpx2.Limits(max_keepalive_connections=0)
"""Each request opens a connection of its own: only then is it known which one to hang up."""


class HangingUp:
    """Breaks the connection of one request when its time is over."""

    def __init__(self, deadline: float) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(max(deadline - time.monotonic(), 0.0), self._hang_up)
        self._timer.daemon = True
        self.has_hung_up = False

    @contextmanager
    def during(self) -> Iterator[None]:
        """Count the requests that are sent meanwhile, in this thread, as this one.

        Raises:
            ServerAway: what came was refused, being the half of an answer that had come in time.
        """
        before = _CURRENT.set(self)
        try:
            yield
        except ServerRefused:
            if self.has_hung_up:
                raise ServerAway(TOO_LATE) from None
            raise
        finally:
            _CURRENT.reset(before)

    def __enter__(self) -> "HangingUp":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._close()

    def hear(self, _event: str, info: Mapping[str, Any]) -> None:
        """Note the connection as it is opened; over TLS it is opened twice (httpcore, `trace`)."""
        ask_stream = getattr(info.get("return_value"), "get_extra_info", None)
        if ask_stream is None:
            return
        with self._lock:
            self._close()
            self._socket = ask_stream("socket")
            if self.has_hung_up:
                self._break()

    def _hang_up(self) -> None:
        with self._lock:
            self.has_hung_up = True
            self._break()

    def _close(self) -> None:
        """Close what an attempt that failed may have left open; nothing is kept for later."""
        if self._socket is not None:
            self._socket.close()

    def _break(self) -> None:
        """End the connection both ways, which wakes who reads; closing it would not."""
        if self._socket is not None:
            with suppress(OSError):  # it has ended already
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


_CURRENT: Final[ContextVar[HangingUp | None]] = ContextVar("hanging_up", default=None)


def follow(request: httpx2.Request) -> None:
    """Let the current `HangingUp` know the connection of this request: a client's event hook."""
    current = _CURRENT.get()
    if current is not None:
        request.extensions = {**request.extensions, "trace": current.hear}
