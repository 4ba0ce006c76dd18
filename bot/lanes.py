"""Runs synchronous work beside the event loop: a few lanes that wake when a bell rings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

from bot.patience import LONGEST_DATABASE_S, backoff_s, gist
from config.logs import get_logger

_log = get_logger(__name__)
_POLL_S = 3.0
"""How often a lane looks without being woken: for what was put off, and for a lost bell."""


@dataclass(frozen=True, slots=True)
class Bell:
    """Wakes all that wait for it. Each waits on an event of its own and misses no ring."""

    _ears: list[asyncio.Event] = field(default_factory=list)

    def ear(self) -> asyncio.Event:
        """Return a new event that each ring sets."""
        ear = asyncio.Event()
        self._ears.append(ear)
        return ear

    def ring(self) -> None:
        """Set all events. Called on the event loop."""
        for ear in self._ears:
            ear.set()


@dataclass(frozen=True, slots=True)
class Lanes:
    """Repeats a step in several threads for as long as it finds work.

    Args:
        step: does one piece of work in a worker thread; False if there was none.
        bell: rings when there may be work.
        count: how many steps may run at once.
    """

    step: Callable[[], bool]
    bell: Bell
    count: int

    async def run(self) -> None:
        """Work until cancelled; a step that is under way is finished first."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.count):
                group.create_task(self._lane(self.bell.ear()))

    async def _lane(self, ear: asyncio.Event) -> None:
        failures = 0
        while True:
            ear.clear()
            try:
                found = await _finished(self.step)
            except OperationalError as error:
                failures += 1
                _log.warning("database_unreachable", error=gist(error), failures=failures)
                await wait(ear, backoff_s(failures, LONGEST_DATABASE_S))
                continue
            failures = 0
            if not found:
                await wait(ear, _POLL_S)


async def _finished(step: Callable[[], bool]) -> bool:
    """Run a step in a thread. A cancelled caller still waits for it: threads cannot be stopped."""
    running = asyncio.ensure_future(asyncio.to_thread(step))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def wait(ear: asyncio.Event, timeout_s: float) -> None:
    """Wait for a bell, but no longer than so many seconds."""
    try:
        await asyncio.wait_for(ear.wait(), timeout_s)
    except TimeoutError:
        return
