"""Waits for PostgreSQL's NOTIFY."""

from types import TracebackType
from typing import Self

import psycopg

from rap_engine.memory import conninfo


class Listener:
    """Listens on a channel with a connection of its own while the block runs."""

    def __init__(self, url: str, channel: str) -> None:
        self._conninfo = conninfo(url)
        self._channel = channel

    def __enter__(self) -> Self:
        self._connection = psycopg.connect(self._conninfo, autocommit=True)
        self._connection.execute(f'LISTEN "{self._channel}"')
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def wait(self, timeout_s: float) -> bool:
        """Wait for one notification; False if none came in time."""
        heard = self._connection.notifies(timeout=max(timeout_s, 0.0), stop_after=1)
        return next(heard, None) is not None
