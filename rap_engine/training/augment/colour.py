"""Changes of what colour pixels have; none moves."""

from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image, ImageEnhance


@dataclass(frozen=True, slots=True)
class Colour:
    """Another light and another camera: brightness, contrast, saturation and hue.

    Little of the hue, because by its colour an individual is told from another of its kind.

    Attributes:
        brightness, contrast, saturation: By what share each may be less or more, 0..1.
        hue: Most of a turn of the colour wheel to either side, 0..0.5.
    """

    brightness: float = 0.25
    contrast: float = 0.25
    saturation: float = 0.3
    hue: float = 0.02

    def __call__(self, crop: Image.Image, rng: Random) -> Image.Image:
        """Return the photo in other colours."""
        image = ImageEnhance.Brightness(crop).enhance(_around_one(self.brightness, rng))
        image = ImageEnhance.Contrast(image).enhance(_around_one(self.contrast, rng))
        image = ImageEnhance.Color(image).enhance(_around_one(self.saturation, rng))
        return with_hue_turned(image, rng.uniform(-self.hue, self.hue))


def _around_one(share: float, rng: Random) -> float:
    return rng.uniform(1 - share, 1 + share)


def with_hue_turned(crop: Image.Image, turn: float) -> Image.Image:
    """Turn the colour wheel under a photo.

    Args:
        crop: in RGB.
        turn: 1 is all around; a 256th is the least that shows.
    """
    steps = round(turn * 256) % 256
    if not steps:
        return crop
    hue, saturation, value = crop.convert("HSV").split()
    turned = Image.fromarray(np.asarray(hue) + np.uint8(steps), "L")
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")
