"""Tells how far a stage is, and how long the rest takes at the pace so far."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from rap_engine.training.progress import Progress

_TOLD_EVERY_S: Final = 0.5


@dataclass(slots=True)
class Pace:
    """The pace of one stage; more than two lines a second say nothing more."""

    stage: str
    hear: Callable[[Progress], None]
    _begun: float = field(default_factory=time.monotonic)
    _told: float = 0.0

    def tell(self, done: int, total: int) -> None:
        """Note how many of how many are done."""
        now = time.monotonic()
        if now - self._told < _TOLD_EVERY_S and done < total:
            return
        self._told = now
        left = (now - self._begun) / done * (total - done) if done else None
        self.hear(Progress(self.stage, step=done, steps=total, seconds_left=left))
