"""How long the steps of an answer take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Measures named steps in milliseconds; the total runs from its making."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._steps: dict[str, float] = {}

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Add the time of the block to a step."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - begun) * 1000
            self._steps[step] = self._steps.get(step, 0.0) + spent

    def readings(self) -> dict[str, float]:
        """Return milliseconds by step, and `total`."""
        total = (time.perf_counter() - self._start) * 1000
        return {step: round(ms, 1) for step, ms in {**self._steps, "total": total}.items()}
