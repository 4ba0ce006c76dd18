"""Photos to say something about."""

import io

from PIL import Image

from rap_engine.training.annotators import Sight, Subject
from rap_engine.types import Box

LEFT = Box(0.1, 0.2, 0.4, 0.8)
RIGHT = Box(0.6, 0.2, 0.9, 0.8)


def photo(colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def sight(
    *subjects: Subject, seed: str = "1", colour: str = "red", **more: tuple[str, ...]
) -> Sight:
    return Sight(photo(colour), subjects, seed=seed, **more)


DOG = Subject("dog", LEFT, phrases=("the dog on the left", "a brown dog with a ball"))
CAT = Subject("cat", RIGHT)
