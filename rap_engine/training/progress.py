"""How far a run is, and how its process says so: one JSON object a line."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

_STAGES: Final = ("records", "training", "measuring")
_MOST: Final = 2**62
"""A database's columns have room for it."""


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
        """Read a line; None for any other, since libraries print what they like.

        A broken model's loss, which is no number, is none.
        """
        try:
            said: Any = json.loads(line, parse_constant=lambda _: None)
            told = cls(**said["progress"])
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return told if told._is_sound() else None

    def _is_sound(self) -> bool:
        return (
            self.stage in _STAGES
            and _is_count(self.step)
            and _is_count(self.steps)
            and (self.micro_batch is None or _is_count(self.micro_batch))
            and (self.loss is None or _is_measure(self.loss))
            and (self.seconds_left is None or _is_measure(self.seconds_left))
        )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST


def _is_measure(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # Not a number is not below anything, and neither is what is endless.
    return abs(value) <= _MOST
