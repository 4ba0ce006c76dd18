"""The loss picture: small, for a chat."""

import math
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rap_engine.training.trainer.metrics import read_metrics

_INCHES: Final = (6.4, 3.6)
_DPI: Final = 120
_AXES: Final = (0.09, 0.14, 0.89, 0.82)
"""Left, bottom, width and height, as shares of the picture."""
_SMOOTHED_OVER: Final = 20
"""Windows in the whole curve: a step's own loss jumps about."""


def draw_losses(metrics_file: Path, png_file: Path) -> bool:
    """Draw a run's losses as PNG, 768 x 432 px.

    Args:
        metrics_file: `metrics.jsonl` of a run, whether it is over or not.
        png_file: what to write.

    Returns:
        whether there was anything to draw.
    """
    metrics = read_metrics(metrics_file)
    steps = [(each.step, each.loss) for each in metrics if _is_number(each.loss)]
    held_out = [
        (each.step, each.held_out_loss) for each in metrics if _is_number(each.held_out_loss)
    ]
    if not steps:
        return False
    figure = Figure(figsize=_INCHES, dpi=_DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_axes(_AXES)
    numbers, losses = [step for step, _ in steps], [loss or 0.0 for _, loss in steps]
    axes.plot(numbers, losses, color="#9ecae1", linewidth=0.8)
    axes.plot(numbers, _smoothed(losses), color="#08519c", linewidth=2, label="training")
    if held_out:
        axes.plot(*zip(*held_out, strict=True), "o-", color="#d94801", label="held out")
    axes.set(xlabel="step", ylabel="loss", ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(png_file, format="png")
    return True


def _is_number(loss: float | None) -> bool:
    return loss is not None and math.isfinite(loss)


def _smoothed(losses: Sequence[float]) -> list[float]:
    """Return the mean of each loss and those shortly before it."""
    window = max(1, len(losses) // _SMOOTHED_OVER)
    sums = [0.0, *accumulate(losses)]
    starts = (max(0, at - window) for at in range(1, len(sums)))
    return [(sums[at] - sums[start]) / (at - start) for at, start in enumerate(starts, start=1)]
