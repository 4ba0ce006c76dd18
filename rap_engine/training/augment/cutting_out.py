"""What of a photo is the thing itself: GrabCut (Rother et al., 2004) in OpenCV, seeded by a box."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rap_engine.training.augment.change import Pixels, to_pixels
from rap_engine.types import Box

_SIDE_PX: Final = 192
"""Longest side at which the cut is looked for: a tenth of a second; at 384 px it is seven."""
_LEAST_SIDE_PX: Final = 3
"""A pixel of the thing, and one of its surroundings on either side."""
_ROUNDS: Final = 4
_LEAST, _MOST = 0.25, 0.95
"""Share of the box that a thing fills. A cut that says less or more has failed."""
_WIDEST_GAP: Final = 0.15
"""Of a side, between it and the thing. A box is tight: with more, a head or a tail is lost."""
_LEAST_MIDDLE: Final = 0.5
"""Share of the box's middle ninth that a thing fills. Less of it, and the cut is inside out."""
_LEAST_PIECE: Final = 0.1
"""Of the largest piece. Smaller ones are specks of the surroundings."""
_LEAST_ONE: Final = 0.6
"""Share of all that was cut out that its largest piece must have: a thing hangs together."""
_SEED: Final = 0
_UNUSED: Final = (0, 0, 0, 0)
"""A rectangle, which GrabCut reads where it has no mask."""


def opacity_of(image: Image.Image, box: Box) -> NDArray[np.float32] | None:
    """Cut the thing in a box out.

    Args:
        image: in RGB.
        box: of the thing; what lies outside is taken to be its surroundings, so there must be some.

    Returns:
        (height, width), 1 where the thing is, 0 where it is not, between at its edge; None where
        the cut is implausible, as when nothing or everything in the box belongs to it.
    """
    small = image.copy()
    small.thumbnail((_SIDE_PX, _SIDE_PX), Image.Resampling.BOX)
    if min(small.size) < _LEAST_SIDE_PX:
        return None
    seed = _seed(small.size, box)
    cut = _whole(_cut(to_pixels(small), seed))
    if cut is None or not _is_plausible(cut, cv2.boundingRect(seed)):
        return None
    return _softened(cut, image.size)


def _seed(size: tuple[int, int], box: Box) -> Pixels:
    """Return what is known before: surely not of the thing, or perhaps of it."""
    width, height = size
    seed = np.full((height, width), cv2.GC_BGD, np.uint8)
    # GrabCut fails without a single pixel of the surroundings, or of the thing.
    left, right = max(round(box.x1 * width), 1), min(round(box.x2 * width), width - 1)
    top, bottom = max(round(box.y1 * height), 1), min(round(box.y2 * height), height - 1)
    seed[top : max(bottom, top + 1), left : max(right, left + 1)] = cv2.GC_PR_FGD
    return seed


def _cut(pixels: Pixels, seed: Pixels) -> Pixels:
    """Return 1 where GrabCut sees the thing, and 0 elsewhere."""
    found = seed.copy()
    # It begins with k-means from random places; the cut is to depend on the photo alone.
    cv2.setRNGSeed(_SEED)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(pixels, found, _UNUSED, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(found, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)


def _whole(cut: Pixels) -> Pixels | None:
    """Drop specks and fill holes; None where no piece is the thing."""
    count, labels, figures, _ = cv2.connectedComponentsWithStats(cut)
    areas = figures[1:, cv2.CC_STAT_AREA]
    if count == 1 or areas.max() < _LEAST_ONE * areas.sum():
        return None
    kept = 1 + np.flatnonzero(areas >= _LEAST_PIECE * areas.max())
    return _filled(np.isin(labels, kept).astype(np.uint8))


def _filled(cut: Pixels) -> Pixels:
    outlines, _ = cv2.findContours(cut, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(cut), outlines, -1, 1, cv2.FILLED)
    return np.asarray(filled, np.uint8)


def _is_plausible(cut: Pixels, box: Sequence[int]) -> bool:
    """Whether the cut fills the box (left, top, width, height, in px) as a thing would."""
    left, top, width, height = box
    x, y, across, down = cv2.boundingRect(cut)
    gaps = (
        (x - left) / width,
        (y - top) / height,
        (left + width - x - across) / width,
        (top + height - y - down) / height,
    )
    inside = cut[top : top + height, left : left + width]
    middle = inside[height // 3 : height - height // 3, width // 3 : width - width // 3]
    return bool(
        _LEAST <= inside.mean() <= _MOST
        and middle.mean() >= _LEAST_MIDDLE
        and max(gaps) <= _WIDEST_GAP
    )


def _softened(cut: Pixels, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return it in the photo's size, its edge drawn in by a pixel, whose colour is half of each."""
    core = cv2.erode(cut, np.ones((3, 3), np.uint8), borderValue=1).astype(np.float32)
    blurred = cv2.GaussianBlur(core, (3, 3), 0)
    soft = cv2.resize(blurred, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(soft, np.float32).clip(0, 1)
