"""Boxes and words of annotations, made ours."""

import re

from rap_engine.types import Box


def pixel_box(x: float, y: float, width: float, height: float, sides: tuple[int, int]) -> Box:
    """Return a box that was given in px from the top left, clipped to its photo.

    Args:
        x: left edge.
        y: upper edge.
        width: of the box.
        height: of the box.
        sides: of the photo, (width, height).

    Raises:
        ValueError: nothing of the box is in the photo, or it is no box.
    """
    across, down = sides
    if across < 1 or down < 1:
        raise ValueError(f"in a photo of {across} x {down} px")
    return Box(
        min(max(x / across, 0.0), 1.0),
        min(max(y / down, 0.0), 1.0),
        min(max((x + width) / across, 0.0), 1.0),
        min(max((y + height) / down, 0.0), 1.0),
    )


def category_word(said: str) -> str:
    """Return a data set's name of a category in plain words.

    "Handbag/Satchel" is a handbag, "car_(automobile)" a car, "domestic_cat" a domestic cat.
    """
    return re.split(r"/|_\(", said, maxsplit=1)[0].replace("_", " ").strip().lower()
