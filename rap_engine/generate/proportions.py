"""Pictures that a vision model's processor takes: none is a mere stripe."""

from typing import Final

from PIL import Image

_LONGEST_TO_SHORTEST: Final = 100
"""Qwen2-VL's processor refuses a side that is more than 200 times the other."""


def without_stripes(picture: Image.Image) -> Image.Image:
    """Return the picture; one that is too narrow is made wider, at most to 1:100.

    It is stretched, not padded: places, which are shares of the picture, stay where they are.
    """
    least = -(-max(picture.size) // _LONGEST_TO_SHORTEST)
    width, height = picture.size
    if min(width, height) >= least:
        return picture
    return picture.resize((max(width, least), max(height, least)))
