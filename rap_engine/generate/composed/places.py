"""Boxes in words."""

from typing import Final

from rap_engine.generate.composed import sentences
from rap_engine.types import Box

# The middle third is left a little early: nobody calls a centre at 0.36 "on the left".
_MIDDLE: Final = (0.38, 0.62)
_FILLS_SHARE: Final = 0.6


def place_of(box: Box) -> str:
    """Return where the box is: "in the upper left"."""
    if box.area >= _FILLS_SHARE:
        return sentences.ALMOST_ALL
    x, y = box.centre
    return sentences.PLACES[_third(y)][_third(x)]


def is_central(box: Box) -> bool:
    """Whether saying the place of something alone in the photo would be idle."""
    return box.area >= _FILLS_SHARE or (_third(box.centre[0]) == 1 and _third(box.centre[1]) == 1)


def _third(position: float) -> int:
    first, second = _MIDDLE
    return (position >= first) + (position > second)
