"""A run's process hears that it is to end, and others wait for it."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

from rap_engine.training.progress import Progress
from rap_engine.training.running import graces
from rap_engine.training.running.lifeline import Lifeline


class TestLifeline:
    """A process hears that it is to end."""

    def test_of_a_signal(self) -> None:
        lifeline = Lifeline(io.StringIO())
        with lifeline.held(watches_input=False):
            assert not lifeline.should_stop()
            os.kill(os.getpid(), signal.SIGTERM)
            assert lifeline.should_stop()

    def test_of_its_starters_end(self) -> None:
        waits = (
            "import time\n"
            "from rap_engine.training.running.lifeline import Lifeline\n"
            "lifeline = Lifeline()\n"
            "with lifeline.held(watches_input=True):\n"
            "    print('begun', flush=True)\n"
            "    while not lifeline.should_stop(): time.sleep(.01)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", waits],
            cwd=Path(__file__).parents[4],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            assert process.stdout.readline() == b"begun\n"
            assert process.poll() is None
            process.stdin.close()
            assert process.wait(20) == 0

    def test_of_a_reader_that_is_gone(self) -> None:
        class Gone(io.StringIO):
            def write(self, _: str) -> int:
                raise BrokenPipeError

        lifeline = Lifeline(Gone())
        lifeline.tell(Progress("records"))
        assert lifeline.should_stop()


def test_who_stands_outside_waits_longer() -> None:
    assert 0 < graces.RANKS_S < graces.RUN_S
    assert graces.RUN_S < graces.ORPHAN_S < graces.NEXT_ATTEMPT_S
