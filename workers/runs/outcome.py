"""What came of a run's process."""

import json
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rap_engine.training.errors import TrainingError
from rap_engine.training.running.outcome import RESULT_FILE, STOPPED, Failure, RunResult

Ended = Literal["done", "failed", "stopped", "killed", "cancelled", "withdrawn"]
"""`withdrawn`: somebody whose photos it uses does not agree any longer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run's process ended.

    Attributes:
        ended: How.
        result: What the run came to, where it is done.
        message: What went wrong, in words for the admin.
    """

    ended: Ended
    result: RunResult | None = None
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
        return _done(folder)
    if status == STOPPED:
        return Outcome("stopped")
    if status < 0:
        said = f"its process was ended by {_name_of(-status)}; is memory short?"
        return Outcome("killed", message=said)
    failure = Failure.in_folder(folder)
    said = f"its process ended with status {status}; its log says more"
    return Outcome("failed", message=said if failure is None else failure.message)


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # those of real time have no names
        return f"signal {number}"


def _done(folder: Path) -> Outcome:
    try:
        return Outcome("done", RunResult.from_json(_read(folder / RESULT_FILE)))
    except TrainingError as error:
        return Outcome("failed", message=str(error))


def _read(file: Path) -> Any:
    try:
        # PostgreSQL's JSON has no numbers that are none.
        return json.loads(file.read_bytes(), parse_constant=str)
    except (OSError, ValueError):
        return None
