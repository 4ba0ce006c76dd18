"""What is known of a face before anybody asks whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rap_engine.types import Box

Point = tuple[float, float]
CLEARLY_LARGER: Final = 2.0
"""In area. A photo of somebody shows their face at least so much larger than those behind them."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a photo.

    Attributes:
        box: Where it is, clipped to the photo.
        landmarks: Both eyes, nose and both corners of the mouth, each (x, y) in shares of the
            photo's sides; outside of 0..1 where the photo's edge cuts the face off.
        confidence: The detector's, 0..1.
    """

    box: Box
    landmarks: tuple[Point, ...]
    confidence: float


def main_face(faces: Sequence[Face]) -> Face | None:
    """Return the face that a photo is of, or None where that is not plain.

    Whoever agreed to a face key agreed for one person: of two faces of about the same size neither
    is taken, because the other may be somebody who was never asked.
    """
    by_size = sorted(faces, key=lambda face: -face.box.area)
    if not by_size:
        return None
    largest, *others = by_size
    is_plain = all(largest.box.area >= CLEARLY_LARGER * other.box.area for other in others)
    return largest if is_plain else None
