"""Which region of a photo is the concept that a person introduces, and what is kept of it."""

import math
import re
from collections.abc import Sequence

from PIL import Image

from rap_engine.images import to_jpeg
from rap_engine.types import Box, Region

SCENE_SIDE_PX = 800
"""Longest side of the photo around a view, as it is kept: more than any encoder looks at."""

_WORD = re.compile(r"\w+")
_NAMED_BONUS = 1.0
_CENTRE_WEIGHT = 0.5


def pick_region(regions: Sequence[Region], category: str, info: str) -> Region:
    """Return the detection that is meant, or the whole photo if there is none.

    A detection whose label the person used comes first. Among the others the surest, largest and
    most central one does: who introduces somebody puts them there.
    """
    detections = [region for region in regions if region.is_detection]
    if not detections:
        return Region.whole()
    said = set(_WORD.findall(f"{category} {info}".casefold()))
    return max(detections, key=lambda region: _likelihood(region, said))


def images_of(crop: Image.Image, scene: Image.Image | None) -> list[Image.Image]:
    """Return what of a view is embedded, by the ordinals of its keys.

    The photo around the concept is a key too: a detector of 80 categories has no word for a teapot,
    and may cut out the table under it.

    Args:
        crop: the concept, with some room around it.
        scene: the photo that it was cut out of; None if the crop is all of that.
    """
    return [crop] if scene is None else [crop, scene]


def scene_jpeg(photo: Image.Image, box: Box) -> bytes | None:
    """Return a photo as JPEG, sides at most `SCENE_SIDE_PX`; None if the box is all of it."""
    if box == Box.whole():
        return None
    scene = photo.copy()
    scene.thumbnail((SCENE_SIDE_PX, SCENE_SIDE_PX), Image.Resampling.LANCZOS)
    return to_jpeg(scene)


def _likelihood(region: Region, said: set[str]) -> float:
    x, y = region.box.centre
    off_centre = max(abs(x - 0.5), abs(y - 0.5)) * 2
    named = set(_WORD.findall((region.label or "").casefold())) <= said
    return (
        region.confidence
        + math.sqrt(region.box.area)
        - _CENTRE_WEIGHT * off_centre
        + (_NAMED_BONUS if named else 0.0)
    )
