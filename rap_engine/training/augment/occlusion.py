"""Something held before the thing."""

import math
from dataclasses import dataclass
from random import Random

from PIL import Image

from rap_engine.training.augment.backdrops import Backdrops


@dataclass(frozen=True, slots=True)
class Occlusion:
    """A rectangle of colour or of another photo, anywhere over the photo.

    Attributes:
        backdrops: What it shows.
        least, most: Share of the photo that it covers, 0..1.
    """

    backdrops: Backdrops
    least: float = 0.05
    most: float = 0.25

    def __call__(self, crop: Image.Image, rng: Random) -> Image.Image:
        """Return the photo partly covered."""
        width, height = self._size(crop.size, rng)
        left, top = rng.randint(0, crop.width - width), rng.randint(0, crop.height - height)
        covered = crop.copy()
        covered.paste(self.backdrops.draw((width, height), rng), (left, top))
        return covered

    def _size(self, size: tuple[int, int], rng: Random) -> tuple[int, int]:
        """Return sides in px whose product is at most the share of the photo."""
        share = rng.uniform(self.least, self.most)
        # Between the square root of the share and half as much again of one side.
        across = min(math.sqrt(share) * rng.uniform(2 / 3, 3 / 2), 1)
        width = max(math.floor(size[0] * across), 1)
        height = math.floor(size[0] * size[1] * share / width)
        return width, min(max(height, 1), size[1])
