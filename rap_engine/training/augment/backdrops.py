"""What a thing is pasted onto, and what is held before it: parts of other photos, or colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageFilter, ImageOps

from config.logs import get_logger
from rap_engine.errors import BadPhoto
from rap_engine.images import crop_box, open_photo
from rap_engine.training.augment.change import noise_of, to_image
from rap_engine.types import Box

_LEAST_PART: Final = 0.5
"""Of a photo's sides. A smaller part is a blur."""
_BLUR: Final = 0.03
"""Of the longest side: out of focus, as what is behind a thing mostly is, and nobody whom the photo
shows is a second individual in the reference."""
_BLOTCHES: Final = (3, 8)
"""Of a cloud along a side; from, and below."""
_SPREAD: Final = 60.0
"""How far the blotches of a cloud are from its colour, of 255."""
_GRAIN: Final = 6.0
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Backdrops:
    """Draws backdrops of any size.

    Attributes:
        photos: Files, opened when their turn comes.
        from_photos: Share of the backdrops that are of photos, where there are any, 0..1.
    """

    photos: Sequence[Path] = ()
    from_photos: float = 0.7

    def draw(self, size: tuple[int, int], rng: Random) -> Image.Image:
        """Return a backdrop of (width, height) px: a part of a photo out of focus, one colour, or a
        cloud."""
        if self.photos and rng.random() < self.from_photos:
            photo = _opened(rng.choice(self.photos))
            if photo is not None:
                fitted = ImageOps.fit(_part(photo, rng), size, Image.Resampling.BILINEAR)
                return fitted.filter(ImageFilter.GaussianBlur(_BLUR * max(size)))
        return one_colour(size, rng) if rng.random() < 0.5 else cloud(size, rng)  # noqa: PLR2004


def one_colour(size: tuple[int, int], rng: Random) -> Image.Image:
    """Return a wall of any colour."""
    return Image.new("RGB", size, tuple(rng.randrange(256) for _ in "rgb"))


def cloud(size: tuple[int, int], rng: Random) -> Image.Image:
    """Return lighter and darker shades of any colour, with the grain of a camera."""
    noise = noise_of(rng)
    shape = (*noise.integers(*_BLOTCHES, 2), 3)
    blotches = noise.uniform(0, 255, 3) + noise.uniform(-_SPREAD, _SPREAD, shape)
    smooth = cv2.resize(blotches.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    grainy = smooth + noise.normal(0, _GRAIN, smooth.shape)
    return to_image(grainy.clip(0, 255).astype(np.uint8))


def _opened(file: Path) -> Image.Image | None:
    """A photo that went away in the middle of a run is no reason to end it."""
    try:
        return open_photo(file.read_bytes())
    except (OSError, BadPhoto) as error:
        _log.warning("background_unreadable", path=str(file), detail=str(error))
        return None


def _part(photo: Image.Image, rng: Random) -> Image.Image:
    width, height = rng.uniform(_LEAST_PART, 1), rng.uniform(_LEAST_PART, 1)
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    return crop_box(photo, Box(left, top, min(left + width, 1), min(top + height, 1)))
