"""A run's losses as lines of JSON: what the picture is drawn from, and TensorBoard beside it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

METRICS: Final = "metrics.jsonl"


@dataclass(frozen=True, slots=True)
class Metric:
    """What was measured after a step; None for what was not.

    Attributes:
        step: Counted from 1.
        loss: Mean over the step's tokens that are to be learned.
        held_out_loss: The same over records that are not trained on.
        learning_rate: LoRA's, at this step.
        grad_norm: Before it is clipped.
    """

    step: int
    loss: float | None = None
    held_out_loss: float | None = None
    learning_rate: float | None = None
    grad_norm: float | None = None

    def to_line(self) -> str:
        """Return it as a line of JSON, with its end."""
        said = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps(said) + "\n"


def read_metrics(file: Path) -> list[Metric]:
    """Return what a file holds; a line that was cut off by a kill is passed over."""
    return list(_read(file.read_text("utf-8").splitlines())) if file.is_file() else []


def cut_metrics(file: Path, step: int) -> None:
    """Drop what was measured after a step: the run goes on from there."""
    kept = [each for each in read_metrics(file) if each.step <= step]
    file.write_text("".join(each.to_line() for each in kept), "utf-8")


def _read(lines: Iterable[str]) -> Iterator[Metric]:
    for line in lines:
        try:
            yield Metric(**json.loads(line))
        except (ValueError, TypeError):
            continue
