"""The same thing somewhere else."""

from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image

from rap_engine.training.augment.backdrops import Backdrops
from rap_engine.training.augment.change import to_image, to_pixels
from rap_engine.training.augment.cutting_out import opacity_of
from rap_engine.types import Box


@dataclass(frozen=True, slots=True)
class Background:
    """The thing cut out and pasted in its place onto a backdrop.

    Attributes:
        backdrops: Where these come from.
    """

    backdrops: Backdrops

    def __call__(self, image: Image.Image, rng: Random, box: Box) -> Image.Image:
        """Return the thing of the box before a backdrop; unchanged where it cannot be cut out."""
        opacity = opacity_of(image, box)
        if opacity is None:
            return image
        share = opacity[..., np.newaxis]
        backdrop = to_pixels(self.backdrops.draw(image.size, rng))
        mixed = share * to_pixels(image) + (1 - share) * backdrop
        return to_image(np.rint(mixed).astype(np.uint8))
