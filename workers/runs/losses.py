"""A run's loss as a curve that fits into its row, so that whoever shows it needs no file of it."""

from dataclasses import dataclass, field
from typing import Final

MOST_POINTS: Final = 200


@dataclass(slots=True)
class LossCurve:
    """Points of step and training loss, in the order of the steps."""

    points: list[tuple[int, float]] = field(default_factory=list)

    def add(self, step: int, loss: float) -> None:
        """Add a point. A run that went on from a checkpoint takes back what came after that."""
        while self.points and self.points[-1][0] >= step:
            self.points.pop()
        self.points.append((step, loss))
        if len(self.points) > MOST_POINTS:
            # Every second one, but always the newest.
            self.points = self.points[-1::-2][::-1]
