"""What a face detector and a face encoder are."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rap_engine.faces.face import Face


class FaceDetector(Protocol):
    """Finds faces, and nothing about whose they are.

    Attributes:
        name: names weights and preprocessing.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    def detect(self, photo: Image.Image) -> tuple[Face, ...]:
        """Return the faces that can be told apart, largest first. `photo`: RGB, upright."""


class FaceEncoder(Protocol):
    """Turns faces into keys whose cosine tells whether they are one person's.

    Attributes:
        name: names weights and preprocessing, and begins as all face keys' encoders do.
        width: length of a key.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def width(self) -> int: ...  # noqa: D102

    def encode(self, photo: Image.Image, faces: Sequence[Face]) -> NDArray[np.float32]:
        """Return keys (faces, width), float32, unit length, of faces found in this photo."""
