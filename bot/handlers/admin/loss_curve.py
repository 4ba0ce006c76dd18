"""A run's loss as a picture: a small chart of what its row keeps, so that no file is needed."""

import io
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_SIZE_PX: Final = (900, 500)
_LEFT, _TOP, _RIGHT, _BOTTOM = 90, 40, 870, 440
_GRID_LINES: Final = 4
_FONT_PX: Final = 18
_PAPER, _INK, _GRID, _LINE = "#ffffff", "#333333", "#dddddd", "#1f6fb2"


def draw_losses(points: Sequence[tuple[int, float]]) -> bytes:
    """Draw training loss over steps.

    Args:
        points: step and loss, in the order of the steps; one at least.

    Returns:
        JPEG of 900 x 500 px.
    """
    picture = Image.new("RGB", _SIZE_PX, _PAPER)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(_FONT_PX)
    steps, losses = [step for step, _ in points], [loss for _, loss in points]
    _draw_grid(draw, font, (min(losses), max(losses)), (steps[0], steps[-1]))
    line = [
        (
            _between(step, steps[0], steps[-1], _LEFT, _RIGHT),
            _height(loss, min(losses), max(losses)),
        )
        for step, loss in points
    ]
    if len(line) > 1:
        draw.line(line, fill=_LINE, width=3)
    x, y = line[-1]
    draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=_LINE)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _draw_grid(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    losses: tuple[float, float],
    steps: tuple[int, int],
) -> None:
    for number in range(_GRID_LINES + 1):
        share = number / _GRID_LINES
        loss = losses[0] + share * (losses[1] - losses[0])
        y = _height(loss, *losses) if losses[0] < losses[1] else _BOTTOM - share * (_BOTTOM - _TOP)
        draw.line((_LEFT, y, _RIGHT, y), fill=_GRID)
        if losses[0] < losses[1] or number == _GRID_LINES // 2:
            draw.text((_LEFT - 10, y), f"{loss:.3f}", fill=_INK, font=font, anchor="rm")
        x = _LEFT + share * (_RIGHT - _LEFT)
        step = round(steps[0] + share * (steps[1] - steps[0]))
        if steps[0] < steps[1] or not number:
            draw.text((x, _BOTTOM + 12), f"{step:,}", fill=_INK, font=font, anchor="mt")


def _height(loss: float, least: float, most: float) -> float:
    return _between(loss, least, most, _BOTTOM, _TOP)


def _between(value: float, least: float, most: float, start: float, end: float) -> float:
    """Return where a value lies on the way from start to end; in the middle if there is no way."""
    share = (value - least) / (most - least) if most > least else 0.5
    return start + share * (end - start)
