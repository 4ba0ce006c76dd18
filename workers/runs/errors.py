"""What can go wrong with a run as a row, whatever it trains.

RapError
└── RunError
    ├── RunUnfinished   another run waits or is under way
    ├── NoSuchRun       there is no run of that number
    └── RunLost         another trainer has taken the run over, or it was ended
"""

from typing import ClassVar

from rap_engine.errors import RapError


class RunError(RapError):
    """A run cannot be asked for, or cannot go on."""

    code: ClassVar[str] = "run"


class RunUnfinished(RunError):
    """Another run waits or is under way; two would share a GPU. `run_id` is its number."""

    code: ClassVar[str] = "run_unfinished"

    def __init__(self, run_id: int) -> None:
        super().__init__(
            f"Run {run_id} is not finished. Wait for its end, or cancel it, then ask again."
        )
        self.run_id = run_id


class NoSuchRun(RunError):
    """There is no run of that number."""

    code: ClassVar[str] = "no_such_run"

    def __init__(self, run_id: int) -> None:
        super().__init__(f"There is no run {run_id}.")
        self.run_id = run_id


class RunLost(RunError):
    """The run was taken over or ended while this trainer held it."""

    def __init__(self, run_id: int) -> None:
        super().__init__(
            f"Run {run_id} has ended, or another trainer has it. `rapbot train show {run_id}` says"
            " which; nothing of this one was written down."
        )
        self.run_id = run_id
