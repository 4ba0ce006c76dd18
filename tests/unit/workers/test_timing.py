"""A limit on a block's time, which leaves other timers as they were."""

import signal
import threading

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from workers.timing import at_most


def test_a_block_that_takes_too_long_is_ended() -> None:
    with pytest.raises(SoftTimeLimitExceeded), at_most(0.05):
        threading.Event().wait()


def test_a_quick_block_leaves_no_timer_of_its_own_behind() -> None:
    before = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0]
    with at_most(1000.0):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 900
    assert signal.getsignal(signal.SIGALRM) is before[0]
    assert signal.getitimer(signal.ITIMER_REAL)[0] == pytest.approx(before[1], abs=1.0)
