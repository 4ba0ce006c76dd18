"""The parts of the process: work is finished, and none dies alone."""

import asyncio
import threading

import pytest

from bot.lanes import Bell, Lanes
from bot.parts import run_parts

DEADLINE_S = 20.0


class Forever:
    """A part that notes how it ended."""

    def __init__(self) -> None:
        self.was_cancelled = False

    async def run(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


class Broken:
    async def run(self) -> None:
        raise RuntimeError("a part is broken")


def test_a_part_that_dies_ends_all() -> None:
    other = Forever()
    with pytest.raises(RuntimeError, match="a part is broken"):
        asyncio.run(run_parts([other, Broken()], asyncio.Event()))
    assert other.was_cancelled


def test_a_stop_ends_all_without_an_error() -> None:
    async def stopped() -> list[Forever]:
        parts = [Forever(), Forever()]
        stop = asyncio.Event()
        stop.set()
        await run_parts(parts, stop)
        return parts

    # A part that was never begun has nothing to end.
    asyncio.run(asyncio.wait_for(stopped(), DEADLINE_S))


def test_a_bell_wakes_a_lane_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.lanes._POLL_S", 10 * DEADLINE_S)
    work: list[str] = []
    done = threading.Event()

    def step() -> bool:
        if not work:
            return False
        work.pop()
        done.set()
        return True

    async def ring() -> None:
        bell = Bell()
        lanes = asyncio.create_task(Lanes(step, bell, 2).run())
        await asyncio.sleep(0)
        work.append("job")
        bell.ring()
        await asyncio.to_thread(done.wait, DEADLINE_S)
        lanes.cancel()
        await asyncio.gather(lanes, return_exceptions=True)

    asyncio.run(ring())
    assert done.is_set()


def test_a_step_under_way_is_finished_before_the_end() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def step() -> bool:
        begun.set()
        may_end.wait(DEADLINE_S)
        ended.set()
        return False

    async def cancel() -> None:
        lanes = asyncio.create_task(Lanes(step, Bell(), 1).run())
        await asyncio.to_thread(begun.wait, DEADLINE_S)
        lanes.cancel()
        await asyncio.sleep(0)
        may_end.set()
        await asyncio.gather(lanes, return_exceptions=True)

    asyncio.run(cancel())
    assert ended.is_set()
