"""When a run's process ends: it is told to, or whoever started it is gone."""

import fcntl
import os
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import BinaryIO, Final, TextIO

from rap_engine.training.errors import TrainingError
from rap_engine.training.progress import Progress
from rap_engine.training.running.graces import ORPHAN_S

LOCK_FILE: Final = "lock"


class FolderInUse(TrainingError):
    """Another process works in the run's folder."""


@dataclass(slots=True)
class Lifeline:
    """Says whether to go on, and tells how far the run is.

    A process is told to end by SIGTERM or SIGINT. Where its standard input is a pipe it also ends
    with that: nobody but the starter holds the other end, so it closes however the starter died.

    Attributes:
        output: where progress goes, a line each.
    """

    output: TextIO = field(default_factory=lambda: sys.stdout)
    _ended: threading.Event = field(default_factory=threading.Event)

    def should_stop(self) -> bool:
        """Say whether the work is to be left at the next good place."""
        return self._ended.is_set()

    def tell(self, progress: Progress) -> None:
        """Write a line of progress. Nobody may be there to read it."""
        try:
            print(progress.to_line(), file=self.output, flush=True)
        except BrokenPipeError:
            self._ended.set()

    @contextmanager
    def held(self, *, watches_input: bool) -> Iterator[None]:
        """Follow signals, and the standard input, until the block ends."""
        before = {
            number: signal.signal(number, self._end) for number in (signal.SIGTERM, signal.SIGINT)
        }
        if watches_input and stat.S_ISFIFO(os.fstat(0).st_mode):
            threading.Thread(target=self._watch_input, name="lifeline", daemon=True).start()
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ended.set()

    def _watch_input(self) -> None:
        while os.read(0, 1024):
            pass
        self._ended.set()
        # A stage that does not look, in a library's long call, must not go on for ever.
        threading.Event().wait(ORPHAN_S)
        os._exit(1)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a run's folder: what an earlier attempt left behind may still be ending.

    Those that this process starts may come `beside_in` it.

    Raises:
        FolderInUse: another process holds it.
    """
    with (folder / LOCK_FILE).open("ab") as lock:
        _lock(lock, fcntl.LOCK_EX, folder)
        _lock(lock, fcntl.LOCK_SH, folder)
        yield


@contextmanager
def beside_in(folder: Path) -> Iterator[None]:
    """Hold a run's folder beside the process that holds it, and longer if that one is killed.

    Raises:
        FolderInUse: somebody is about to have it alone.
    """
    with (folder / LOCK_FILE).open("ab") as lock:
        _lock(lock, fcntl.LOCK_SH, folder)
        yield


def _lock(lock: BinaryIO, how: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise FolderInUse(
            f"Another process still works in {folder}. Wait for its end, or end it; then do the"
            " same again: what is finished is kept."
        ) from error
