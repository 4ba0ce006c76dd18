"""What came of a run's process."""

import json
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rap_engine.training.running.outcome import FAILURE_FILE, RESULT_FILE, STOPPED

Ended = Literal["done", "failed", "stopped", "killed", "cancelled", "withdrawn"]
"""`withdrawn`: somebody whose photos it uses does not agree any longer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run's process ended.

    Attributes:
        ended: How.
        result: What each stage came to, where it is done.
        message: What went wrong, in words for the admin.
    """

    ended: Ended
    result: dict[str, Any] = field(default_factory=dict)
    message: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether the run goes on later, from its last checkpoint."""
        return self.ended in ("stopped", "killed")


def outcome_of(status: int, folder: Path) -> Outcome:
    """Return what a process that ended by itself came to.

    Args:
        status: its exit status, below 0 for a signal.
        folder: the run's.
    """
    if status == 0:
        return Outcome("done", _read(folder / RESULT_FILE))
    if status == STOPPED:
        return Outcome("stopped")
    if status < 0:
        name = signal.Signals(-status).name
        return Outcome("killed", message=f"its process was ended by {name}; is memory short?")
    said = _read(folder / FAILURE_FILE)
    message = said.get("message") or f"its process ended with status {status}"
    return Outcome("failed", message=str(message))


def _read(file: Path) -> dict[str, Any]:
    try:
        # PostgreSQL's JSON has no numbers that are none.
        said: dict[str, Any] = json.loads(file.read_bytes(), parse_constant=str)
    except (OSError, ValueError):
        return {}
    return said
