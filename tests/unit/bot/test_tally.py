"""A flood of refused requests is counted, and fills no log."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.intake.tally import QUIET_S, Tally

Lines = list[Any]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs() as lines:
        yield lines


def test_the_first_is_told_at_once_and_a_flood_in_one_line(clock: Clock, lines: Lines) -> None:
    tally = Tally(clock)
    tally.add("refused")
    assert [line["refused"] for line in lines] == [1]
    for _ in range(10_000):
        tally.add("refused")
    tally.add("not_found")
    assert len(lines) == 1
    clock.now += QUIET_S
    tally.tell()
    assert [line["refused"] for line in lines] == [1, 10_001]
    assert lines[-1]["not_found"] == 1


def test_nothing_new_is_nothing_to_tell(clock: Clock, lines: Lines) -> None:
    tally = Tally(clock)
    tally.tell()
    tally.add("refused")
    tally.tell()
    assert len(lines) == 1


def test_after_a_quiet_minute_the_next_is_told_at_once_again(clock: Clock, lines: Lines) -> None:
    tally = Tally(clock)
    tally.add("refused")
    clock.now += QUIET_S
    tally.add("refused")
    assert [line["refused"] for line in lines] == [1, 2]
