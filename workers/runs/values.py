"""What travels between a run's row and the process that does its work."""

from dataclasses import dataclass
from datetime import datetime

from rap_engine.training.plan import Plan


@dataclass(frozen=True, slots=True)
class RunLease:
    """A run in the hands of one trainer. `attempt` is the fencing token.

    `losses` is the curve of the attempts before: step and training loss; `kills` is how many of
    them ended because their process was killed.
    """

    run_id: int
    attempt: int
    plan: Plan
    asked_by: str
    asked_at: datetime
    losses: tuple[tuple[int, float], ...] = ()
    kills: int = 0

    @property
    def name(self) -> str:
        """Names the run among those of all databases that were ever here."""
        return f"{self.run_id} of {self.asked_at.isoformat()}"
