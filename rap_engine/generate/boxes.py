"""Places in a model's words: `[x1, y1, x2, y2]`, shares of the photo (paper, section 4.1)."""

import re
from typing import Final

from rap_engine.types import Box

_BRACKETS: Final = re.compile(r"[\[\]]")
# One way to read each number: with two, a long row of digits takes the square of its length.
_NUMBER: Final = r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_FOUR: Final = re.compile(r"\[\s*" + r"\s*,\s*".join([_NUMBER] * 4) + r"\s*\]")
_REFUSAL: Final = re.compile(
    r"\b(?:no|not|cannot|none|nobody|nowhere|unable|sorry)\b|n['\u2019]t\b", re.I
)


def parse_box(words: str) -> Box | None:
    """Return the one box in a model's words.

    Words around it do not matter, unless they say no. None where there is no box, more than one
    bracket, a number outside 0..1, or a box without an area.
    """
    found = _FOUR.search(words)
    if found is None or len(_BRACKETS.findall(words)) != len("[]") or _REFUSAL.search(words):
        return None
    return _box_of(*(float(number) for number in found.groups()))


def without_padding(box: Box, width: int, height: int) -> Box | None:
    """Return a box of a photo from its box in that photo padded to a square, centred.

    LLaVA pads photos so, and its places are shares of the square. None if the box lies in the
    padding alone.

    Args:
        box: shares of the square.
        width: of the photo, px.
        height: of the photo, px.
    """
    side = max(width, height)
    left, top = (side - width) // 2, (side - height) // 2
    return _box_of(
        _share(box.x1 * side - left, width),
        _share(box.y1 * side - top, height),
        _share(box.x2 * side - left, width),
        _share(box.y2 * side - top, height),
    )


def _share(position: float, side: int) -> float:
    return min(max(position / side, 0.0), 1.0)


def _box_of(x1: float, y1: float, x2: float, y2: float) -> Box | None:
    try:
        return Box(x1, y1, x2, y2)
    except ValueError:
        return None
