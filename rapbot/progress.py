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
    timed: bool = True


class Steps:
    """Writes a line a step: its name when it begins, its outcome when it ends.

    Args:
        stream: where to; None writes nothing.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Run the block as a step; what it raises ends the line with `failed`."""
        self._write(f"{name} … ")
        started = time.monotonic()
        step = Step()
        try:
            yield step
        except Exception:
            self._write("failed\n")
            raise
        except BaseException:
            self._write("stopped\n")
            raise
        took = f" in {time.monotonic() - started:.1f} s" if step.timed else ""
        self._write(f"{step.outcome}{took}\n")

    def say(self, line: str) -> None:
        """Write one whole line."""
        self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()
