"""Photos for generators that look at pixels."""

from dataclasses import replace

import numpy as np
from PIL import Image

from rap_engine.generate import GenerationRequest, Turn
from rap_engine.images import to_jpeg
from rap_engine.types import Box, Reference
from tests.unit.generate.evidence import CUTOFF, concept


def noise(seed: int, size: tuple[int, int] = (80, 60)) -> Image.Image:
    """Return a photo like no other seed's. `size`: width and height, px."""
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def pictured(name: str, box: Box | None = None, *, info: str | None = None) -> Reference:
    """Return a concept with a view of its own, seen in the box; None: not seen."""
    reference = concept(name, box, info=info)
    return replace(reference, photo=to_jpeg(noise(reference.concept_id, (50, 60))))


def asked(
    question: str,
    *references: Reference,
    photo: Image.Image | None = None,
    history: tuple[Turn, ...] = (),
    is_small: bool = False,
) -> GenerationRequest:
    """Return a question about the references."""
    return GenerationRequest(
        question, photo, (), references, history, cutoff=CUTOFF, is_small=is_small
    )
