"""Drawn photos."""

from random import Random

import numpy as np
from PIL import Image, ImageDraw

from rap_engine.types import Box

DISC = Box(0.25, 0.2, 0.75, 0.8)
"""Where the disc is."""


def noise(width: int = 64, height: int = 48, seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def disc(width: int = 120, height: int = 100) -> Image.Image:
    """A red disc, a little uneven, on a wall of green and grey."""
    photo = Image.new("RGB", (width, height), (60, 140, 70))
    drawn = ImageDraw.Draw(photo)
    drawn.rectangle((0, height * 3 // 4, width, height), fill=(110, 110, 110))
    drawn.ellipse(
        (DISC.x1 * width, DISC.y1 * height, DISC.x2 * width, DISC.y2 * height), fill=(200, 40, 40)
    )
    return grainy(photo)


def grainy(photo: Image.Image) -> Image.Image:
    """As a camera would see it: GrabCut makes little of colours that are quite even."""
    grain = np.random.default_rng(7).integers(-12, 13, (photo.height, photo.width, 3))
    return Image.fromarray((np.asarray(photo, np.int16) + grain).clip(0, 255).astype(np.uint8))


def marked(x: int, y: int, width: int = 101, height: int = 81) -> Image.Image:
    """White in one place, 5 px wide, on black."""
    photo = Image.new("RGB", (width, height))
    ImageDraw.Draw(photo).rectangle((x - 2, y - 2, x + 2, y + 2), fill="white")
    return photo


def mark_in(photo: Image.Image) -> tuple[float, float]:
    """Middle of what is white."""
    light = np.asarray(photo.convert("L"), np.float64)
    rows, columns = np.indices(light.shape)
    return float((columns * light).sum() / light.sum()), float((rows * light).sum() / light.sum())


def pixels_of(photo: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return np.asarray(photo, np.int16)


def seeded(seed: int) -> Random:
    """The same numbers each time."""
    return Random(seed)  # noqa: S311  to be repeated, not to be secret


class Told(Random):
    """A generator whose `uniform` says what a test tells it, in turn."""

    def __init__(self, *values: float) -> None:
        super().__init__(0)
        self._values = list(values)

    def uniform(self, a: float, b: float) -> float:
        value = self._values.pop(0)
        assert a <= value <= b
        return value
