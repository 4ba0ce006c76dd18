"""Lines that say what is going on: `PostgreSQL … started in 0.8 s`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO


@dataclass
class Step:
    """One step under way; `outcome` is what its line says at the end."""

    outcome: str = "done"


class Steps:
    """Writes a line a step: its name when it begins, its outcome when it ends.

    Args:
        stream: where to; None writes nothing.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._unfinished = ""

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Run the block as a step; what it raises ends the line with `failed` or `stopped`."""
        self._begin(name)
        started = time.monotonic()
        step = Step()
        try:
            yield step
        except Exception:
            self._end(name, "failed")
            raise
        except BaseException:
            self._end(name, "stopped")
            raise
        self._end(name, f"{step.outcome} in {time.monotonic() - started:.1f} s")

    def say(self, line: str) -> None:
        """Write one whole line, also in the middle of a step."""
        self._write("\n" if self._unfinished else "")
        self._unfinished = ""
        self._write(f"{line}\n")

    def _begin(self, name: str) -> None:
        self._write(f"{name} … ")
        self._unfinished = name

    def _end(self, name: str, outcome: str) -> None:
        self._write("" if self._unfinished == name else f"{name} … ")
        self._unfinished = ""
        self._write(f"{outcome}\n")

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()
