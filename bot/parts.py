"""Keeps the parts of the bot running together: all of them, or none."""

import asyncio
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from config.logs import get_logger

_log = get_logger(__name__)
THREADS = 16


class Part(Protocol):
    """Something that runs until it is cancelled."""

    async def run(self) -> None:
        """Run until cancelled."""


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="bot"))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def run_parts(parts: Sequence[Part], stop: asyncio.Event) -> None:
    """Run parts until `stop` is set.

    Raises:
        Exception: what ended the first part that ended; the others are stopped too.
    """
    tasks = [asyncio.create_task(part.run(), name=type(part).__name__) for part in parts]
    stopped = asyncio.create_task(stop.wait(), name="stop")
    done, _ = await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, stopped):
        task.cancel()
    await asyncio.gather(*tasks, stopped, return_exceptions=True)
    for task in done - {stopped}:
        _log.error("part_ended", part=task.get_name())
        task.result()


async def unless_stopped(part: Part, stop: asyncio.Event) -> bool:
    """Run something that ends by itself; False if `stop` was set first."""
    task = asyncio.create_task(part.run(), name=type(part).__name__)
    stopped = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
    for pending in (task, stopped):
        pending.cancel()
    await asyncio.gather(task, stopped, return_exceptions=True)
    if stop.is_set():
        return False
    task.result()
    return True
