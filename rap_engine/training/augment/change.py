"""What every change is, and the pixels that changes work on."""

from random import Random
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rap_engine.images import SMALLEST_SIDE_PX

Pixels = NDArray[np.uint8]
"""A photo as (height, width, 3), RGB, 0..255."""
_WHITE: Final = (255, 255, 255, 255)


class Change(Protocol):
    """Makes another photo of the same thing."""

    def __call__(self, crop: Image.Image, rng: Random) -> Image.Image:
        """Return a new photo, RGB and no larger; `crop` stays as it is."""


def plain(image: Image.Image) -> Image.Image:
    """Return a copy in RGB, what is transparent on white, each side at least 32 px."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, _WHITE)
        white.alpha_composite(layer)
        return _large_enough(white.convert("RGB"))
    # A conversion to the mode that an image has gives a copy.
    return _large_enough(image.convert("RGB"))


def _large_enough(image: Image.Image) -> Image.Image:
    """Continue a sliver at its edges: stretched to a square, it would show another thing."""
    width, height = image.size
    below, right = max(SMALLEST_SIDE_PX - height, 0), max(SMALLEST_SIDE_PX - width, 0)
    if not below and not right:
        return image
    above, left = below // 2, right // 2
    return to_image(
        cv2.copyMakeBorder(
            to_pixels(image), above, below - above, left, right - left, cv2.BORDER_REPLICATE
        )
    )


def to_pixels(image: Image.Image) -> Pixels:
    """Return an RGB photo's pixels, which may be written on."""
    return np.array(image, np.uint8)


def to_image(pixels: NDArray[Any]) -> Image.Image:
    """Return the photo of pixels (height, width, 3), RGB, 0..255."""
    return Image.fromarray(np.ascontiguousarray(pixels, np.uint8), "RGB")


def noise_of(rng: Random) -> np.random.Generator:
    """Return numpy's generator, seeded by the next draw of this one."""
    return np.random.default_rng(rng.getrandbits(64))
