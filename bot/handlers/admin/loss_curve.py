"""A run's loss as a picture: a small chart of what its row keeps, so that no file is needed."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_SIZE_PX: Final = (900, 500)
_LEFT, _TOP, _RIGHT, _BOTTOM = 100, 90, 870, 425
_MOST_TICKS: Final = 8
_TITLE_PX, _FONT_PX = 26, 22
_DASH_PX: Final = 14
_AROUND: Final = 0.05
"""Of the curve's range is left free above and below it."""
_LEAST_SPAN: Final = 0.2
"""Of the loss itself is what the axis shows at least: a curve that hardly falls looks flat."""
_PAPER, _INK, _GRID, _LINE, _HELD_OUT = "#ffffff", "#333333", "#dddddd", "#1f6fb2", "#d94801"
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on the picture. `held_out` belongs to the line of that loss."""

    title: str
    losses: str
    steps: str
    held_out: str = ""


@dataclass(frozen=True, slots=True)
class _Axis:
    """Values from `least` to `most`, on a way in px."""

    least: float
    most: float
    start_px: float
    end_px: float

    def at(self, value: float) -> float:
        """Return where a value lies; in the middle if there is only one."""
        span = self.most - self.least
        share = (value - self.least) / span if span > 0 else 0.5
        return self.start_px + share * (self.end_px - self.start_px)

    def ticks(self, *, whole: bool) -> list[float]:
        """Return round values, few enough to be read."""
        span = self.most - self.least
        if span <= 0:
            return [self.least]
        unit = 10.0 ** math.floor(math.log10(span / _MOST_TICKS))
        width = next(n * unit for n in (1, 2, 5, 10, 20) if span / (n * unit) <= _MOST_TICKS)
        width = max(1.0, width) if whole else width
        first, last = math.ceil(self.least / width), math.floor(self.most / width)
        return [number * width for number in range(first, last + 1)]


def draw_losses(
    points: Sequence[tuple[int, float]], words: Words, held_out: float | None = None
) -> bytes:
    """Draw training loss over steps.

    Args:
        points: step and loss, in the order of the steps; one at least, all of them numbers.
        words: what stands on it.
        held_out: loss over what was not trained on, of the adapter that was written.

    Returns:
        JPEG of 900 x 500 px.
    """
    picture = Image.new("RGB", _SIZE_PX, _PAPER)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(_FONT_PX)
    across = _Axis(points[0][0], points[-1][0], _LEFT, _RIGHT)
    shown = [loss for _, loss in points] + ([] if held_out is None else [held_out])
    upward = _Axis(*_limits(shown), _BOTTOM, _TOP)
    draw.text((_LEFT, 12), words.title, fill=_INK, font=ImageFont.load_default(_TITLE_PX))
    _draw_grid(draw, font, across, upward)
    draw.text((_LEFT, 50), words.losses, fill=_LINE, font=font)
    draw.text((_RIGHT, 495), words.steps, fill=_INK, font=font, anchor="rd")
    if held_out is not None:
        _draw_dashes(draw, upward.at(held_out))
        draw.text((_RIGHT, 50), words.held_out, fill=_HELD_OUT, font=font, anchor="ra")
    line = [(across.at(step), upward.at(loss)) for step, loss in points]
    if len(line) > 1:
        draw.line(line, fill=_LINE, width=3)
    x, y = line[-1]
    draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=_LINE)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _limits(losses: Sequence[float]) -> tuple[float, float]:
    """Return the least and the most that the axis of losses shows."""
    least, most = min(losses), max(losses)
    middle, span = (least + most) / 2, (most - least) * (1 + 2 * _AROUND)
    half = max(span, _LEAST_SPAN * abs(middle)) / 2
    # No loss is below 0.
    return max(0.0, middle - half), middle + half


def _draw_grid(draw: ImageDraw.ImageDraw, font: _Font, across: _Axis, upward: _Axis) -> None:
    ticks = upward.ticks(whole=False)
    decimals = _decimals(ticks)
    for loss in ticks:
        y = upward.at(loss)
        draw.line((_LEFT, y, _RIGHT, y), fill=_GRID)
        draw.text((_LEFT - 10, y), f"{loss:.{decimals}f}", fill=_INK, font=font, anchor="rm")
    for step in across.ticks(whole=True):
        x = across.at(step)
        draw.line((x, _BOTTOM, x, _BOTTOM + 6), fill=_INK)
        draw.text((x, _BOTTOM + 12), f"{step:,.0f}", fill=_INK, font=font, anchor="mt")


def _decimals(ticks: Sequence[float]) -> int:
    """Return how many decimals tell neighbouring ticks apart."""
    width = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    return max(1, -math.floor(math.log10(width) + 1e-9))


def _draw_dashes(draw: ImageDraw.ImageDraw, y: float) -> None:
    for x in range(_LEFT, _RIGHT, 2 * _DASH_PX):
        draw.line((x, y, x + _DASH_PX, y), fill=_HELD_OUT, width=3)
