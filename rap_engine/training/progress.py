"""How far a run is, and how its process says so: one JSON object a line."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is.

    Attributes:
        stage: `records`, `training` or `measuring`.
        step, steps: Of the stage; 0 steps where nobody knows how many there will be.
        loss: The newest training loss.
        seconds_left: Of the stage, as it is estimated.
        micro_batch: The one in use.
    """

    stage: str
    step: int = 0
    steps: int = 0
    loss: float | None = None
    seconds_left: float | None = None
    micro_batch: int | None = None

    def to_line(self) -> str:
        """Return it as a line of JSON, without the line's end."""
        said = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps({"progress": said})

    @classmethod
    def from_line(cls, line: str) -> Self | None:
        """Read a line; None for any other, since libraries print what they like."""
        try:
            said: Any = json.loads(line)
            return cls(**said["progress"])
        except (ValueError, TypeError, KeyError):
            return None
