"""Changes of where pixels are: flip, rotation, perspective, scale."""

import math
from dataclasses import dataclass
from random import Random
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from rap_engine.images import SMALLEST_SIDE_PX
from rap_engine.training.augment.change import to_image, to_pixels


@dataclass(frozen=True, slots=True)
class Flip:
    """Left and right exchanged."""

    def __call__(self, crop: Image.Image, rng: Random) -> Image.Image:  # noqa: ARG002
        """Return the mirror image."""
        return ImageOps.mirror(crop)


@dataclass(frozen=True, slots=True)
class Rotation:
    """Turned about its middle; what comes in at the corners is the photo mirrored at its edges.

    Attributes:
        most: Degrees to either side.
    """

    most: float = 15.0

    def __call__(self, crop: Image.Image, rng: Random) -> Image.Image:
        """Return the photo turned, in its size."""
        return turned(crop, rng.uniform(-self.most, self.most))


def turned(crop: Image.Image, degrees: float) -> Image.Image:
    """Turn a photo about its middle, counter-clockwise, in its size."""
    width, height = crop.size
    # OpenCV counts from the middle of the first pixel.
    middle = ((width - 1) / 2, (height - 1) / 2)
    return _moved(crop, np.vstack([cv2.getRotationMatrix2D(middle, degrees, 1.0), [0, 0, 1]]))


@dataclass(frozen=True, slots=True)
class Perspective:
    """Seen from a little aside: a four-sided part of the photo, pulled straight.

    Attributes:
        most: Share of a side by which each corner of that part may lie inside the photo's, 0..0.5.
    """

    most: float = 0.15

    def __call__(self, crop: Image.Image, rng: Random) -> Image.Image:
        """Return the photo pulled, in its size."""
        right, bottom = crop.width - 1, crop.height - 1
        corners = np.array([(0, 0), (right, 0), (right, bottom), (0, bottom)], np.float32)
        inwards = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], np.float32)
        shares = np.array([[rng.uniform(0, self.most) for _ in "xy"] for _ in corners], np.float32)
        seen = corners + inwards * shares * np.array([right, bottom], np.float32)
        return _moved(crop, cv2.getPerspectiveTransform(seen, corners))


@dataclass(frozen=True, slots=True)
class Scale:
    """Nearer or farther: a part of the photo, or the photo with its edges continued.

    Attributes:
        nearest: Least share of each side that is kept, above 0 to 1.
        farthest: Most that a side may show, in sides of the photo, 1 to 1.5. What is
            beyond its edges is mirrored, and much of that would be a second head.
    """

    nearest: float = 0.65
    farthest: float = 1.15

    def __call__(self, crop: Image.Image, rng: Random) -> Image.Image:
        """Return a part in fewer pixels, or the photo smaller within its size."""
        shown = rng.uniform(self.nearest, self.farthest)
        return _part(crop, shown, rng) if shown < 1 else _farther(crop, shown, rng)


def _part(crop: Image.Image, share: float, rng: Random) -> Image.Image:
    width, height = (max(math.ceil(side * share), SMALLEST_SIDE_PX) for side in crop.size)
    left, top = rng.randint(0, crop.width - width), rng.randint(0, crop.height - height)
    return crop.crop((left, top, left + width, top + height))


def _farther(crop: Image.Image, sides: float, rng: Random) -> Image.Image:
    room = [side * (1 - 1 / sides) for side in crop.size]
    left, top = rng.uniform(0, room[0]), rng.uniform(0, room[1])
    return _moved(crop, np.array([[1 / sides, 0, left], [0, 1 / sides, top], [0, 0, 1]]))


def _moved(crop: Image.Image, matrix: NDArray[Any]) -> Image.Image:
    """Move pixels by a homography (3, 3) from here to there; beyond the edges is a mirror."""
    moved = cv2.warpPerspective(
        to_pixels(crop),
        matrix,
        crop.size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return to_image(moved)
