"""Which stages of a run are finished, and with what: a file a stage, written at its end.

A marker holds the fingerprint of all that the stage was asked for. One of another plan, of other
sources or of other weights is not of this stage, and the stage is done again.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rap_engine.checkpoints.files import read_json, write_json

_FOLDER = "finished"


@dataclass(frozen=True, slots=True)
class Markers:
    """The markers of a run's folder."""

    folder: Path

    def read(self, stage: str, asked: str) -> dict[str, Any] | None:
        """Return what a stage came to; None if it was not finished, or asked for something else."""
        said = read_json(self._file(stage))
        if not isinstance(said, dict) or said.get("asked") != asked:
            return None
        result = said.get("result")
        return result if isinstance(result, dict) else None

    def write(self, stage: str, asked: str, result: dict[str, Any]) -> None:
        """Note that a stage is finished."""
        file = self._file(stage)
        file.parent.mkdir(exist_ok=True)
        write_json(file, {"asked": asked, "result": result})

    def _file(self, stage: str) -> Path:
        return self.folder / _FOLDER / f"{stage}.json"
