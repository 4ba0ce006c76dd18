"""What came of a run and of each of its stages, as its process tells whoever started it."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, PlainSerializer, ValidationError

from rap_engine.checkpoints.files import read_json
from rap_engine.training.errors import TrainingError

RESULT_FILE: Final = "result.json"
"""A `RunResult`."""
FAILURE_FILE: Final = "failure.json"
"""A `Failure`."""
STOPPED: Final = 3
"""Exit status of a process that was told to end and kept what it had."""

Verdict = Literal["passed", "failed", "not_measured"]


def _as_json(value: float) -> float | str:
    # JSON has no numbers that are none: of a broken model there is "nan".
    return value if abs(value) < float("inf") else str(value)


_Number = Annotated[float, PlainSerializer(_as_json)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)
    what: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Return its JSON."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, said: Any) -> Self:
        """Read its JSON.

        Raises:
            TrainingError: it is broken or missing; says what of it.
        """
        try:
            return cls.model_validate(said)
        except ValidationError as error:
            raise TrainingError(f"{cls.what} cannot be read: {faults_of(error)}") from error


class RecordsResult(_Part):
    """What the stage `records` came to: how many, of which kinds, and what was left out, why."""

    what: ClassVar = "What came of making records"

    records: int
    kinds: dict[str, int]
    skips: dict[str, Any]
    data_hash: str


class TrainingResult(_Part):
    """What the stage `training` came to.

    Attributes:
        adapter: Folder of the adapter.
        sha256: Of its weights, hex.
        counts: What became of the records (`rap_engine.training.trainer.results.Counts`).
    """

    what: ClassVar = "What came of training"

    adapter: Path
    sha256: str
    steps: int
    loss: _Number
    held_out_loss: _Number | None
    seconds: float
    counts: dict[str, int]
    unreadable: int


class MeasuringResult(_Part):
    """What the stage `measuring` came to.

    Attributes:
        before, after: Measures of what serves, and of the new adapter.
        beside: Name of the adapter that served; None for the base alone.
        evaluation_set: SHA-256 of the set, hex; None where there is none.
        reports: The whole reports, in the same order.
    """

    what: ClassVar = "What came of measuring"

    verdict: Verdict
    reasons: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]
    beside: str | None
    evaluation_set: str | None = None
    reports: tuple[dict[str, Any], ...] = ()


class RunResult(_Part):
    """What a whole run came to."""

    what: ClassVar = "What came of the run"

    records: RecordsResult
    training: TrainingResult
    measuring: MeasuringResult


class Failure(_Part):
    """What went wrong: the error's code, and its message for the admin."""

    what: ClassVar = "What went wrong"

    code: str
    message: str

    @classmethod
    def in_folder(cls, folder: Path) -> Self | None:
        """Return what a process left in a run's folder, None if it left nothing to read."""
        try:
            return cls.from_json(read_json(folder / FAILURE_FILE))
        except TrainingError:
            return None


def faults_of(error: ValidationError) -> str:
    """Return what is wrong with something that was read, part for part, in one sentence."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}".removeprefix(": ")
        for fault in error.errors(include_url=False)
    )
