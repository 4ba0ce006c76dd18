"""A profile that sees colours: a detector that finds halves, an encoder of mean colours."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rap_engine.generate import ComposedGenerator
from rap_engine.profiles import Profile
from rap_engine.retrieve.calibration import Calibration
from rap_engine.types import Box, Region


class Halves:
    """Finds a thing in each half of a photo that is twice as wide as high, else in its middle."""

    name = "halves"

    def __init__(self) -> None:
        self.vocabularies: list[tuple[str, ...]] = []

    def detect(self, photo: Image.Image, vocabulary: Sequence[str]) -> list[Region]:
        self.vocabularies.append(tuple(vocabulary))
        if photo.width < 2 * photo.height:
            return [Region(Box(0.1, 0.1, 0.9, 0.9), "dog", 0.9)]
        left, right = Box(0.0, 0.0, 0.5, 1.0), Box(0.5, 0.0, 1.0, 1.0)
        return [Region(left, "dog", 0.9), Region(right, "cat", 0.8)]


class Colours:
    name = "colours"
    width = 3

    def encode(self, crops: Sequence[Image.Image]) -> NDArray[np.float32]:
        means = np.array([np.asarray(crop).mean(axis=(0, 1)) for crop in crops], np.float32)
        centred = means - 127.5
        return centred / np.linalg.norm(centred, axis=1, keepdims=True)


def colour_profile() -> Profile:
    calibration = Calibration("colours", 0.9, "by hand")
    return Profile("colourful", Halves(), Colours(), ComposedGenerator("colourful"), calibration)


def photo(*colours: str, side: int = 100) -> bytes:
    """Colours side by side, as JPEG."""
    picture = Image.new("RGB", (side * len(colours), side))
    for number, colour in enumerate(colours):
        picture.paste(colour, (side * number, 0, side * (number + 1), side))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def write(path: Path, *colours: str) -> None:
    path.write_bytes(photo(*colours))
