"""What a detector is."""

from collections.abc import Sequence
from typing import Protocol

from PIL import Image

from rap_engine.types import Region


class Detector(Protocol):
    """Finds things in a photo.

    Attributes:
        name: names weights and preprocessing.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    def detect(self, photo: Image.Image, vocabulary: Sequence[str]) -> list[Region]:
        """Return detections, surest first; overlapping ones may be among them.

        Args:
            photo: RGB, upright.
            vocabulary: categories to look for; a detector of fixed categories ignores it.
        """
