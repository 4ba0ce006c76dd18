"""What an encoder is."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Encoder(Protocol):
    """Turns crops of photos into embeddings whose cosine tells how alike they are.

    Attributes:
        name: names weights and preprocessing; a key is comparable to keys of this name alone.
        width: length of an embedding.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def width(self) -> int: ...  # noqa: D102

    def encode(self, crops: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return embeddings (crops, width), float32, unit length, from one batch."""
