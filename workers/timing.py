"""How long a job's work may take, apart from what loading its models takes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from billiard.exceptions import SoftTimeLimitExceeded


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """End the block once it has taken so long. For the main thread alone, as all signals are.

    Celery's own limits begin with the task, which may have to load a language model first.

    Raises:
        SoftTimeLimitExceeded: in the middle of the block.
    """
    handler = signal.signal(signal.SIGALRM, _ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left, interval)
        signal.signal(signal.SIGALRM, handler)


def _ring(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SoftTimeLimitExceeded
