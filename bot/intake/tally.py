"""Counts the requests that the webhook turned away, and keeps a flood of them out of the log."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from config.logs import get_logger

_log = get_logger(__name__)
QUIET_S = 60.0
"""At most one line in so many seconds."""


@dataclass(slots=True)
class Tally:
    """How many requests were turned away since the start, and why. Holds nothing of what they said.

    The first one is logged at once; those of the next minute together, when `tell` is called.
    """

    clock: Callable[[], float] = time.monotonic
    counts: Counter[str] = field(default_factory=Counter)
    _told: int = 0
    _quiet_until: float = float("-inf")

    def add(self, reason: str) -> None:
        """Count a request under the name of its fault."""
        self.counts[reason] += 1
        if self.clock() >= self._quiet_until:
            self.tell()

    def tell(self) -> None:
        """Log the counts if there is something new."""
        total = self.counts.total()
        if total == self._told:
            return
        self._told = total
        self._quiet_until = self.clock() + QUIET_S
        _log.warning("webhook_turned_away", **self.counts)
