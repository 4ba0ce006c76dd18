"""What of a photo is embedded for a region."""

from dataclasses import dataclass

from PIL import Image

from rap_engine.images import crop_box
from rap_engine.types import Box, Region

PADDING = 0.05
"""Share of the box's side that is added at each end: a detector's box cuts ears and tails off."""
_CENTRE = Box(0.15, 0.15, 0.85, 0.85)


@dataclass(frozen=True, slots=True)
class RegionCrop:
    """A crop, and which of the photo's regions it stands for."""

    region: int
    image: Image.Image


def crops_of(photo: Image.Image, regions: tuple[Region, ...]) -> list[RegionCrop]:
    """Return a crop a region, and for the whole photo its middle too.

    What a person photographs is mostly in the middle; where nothing is detected, that crop is
    closer to it than the whole photo.
    """
    crops = [RegionCrop(number, crop(photo, region)) for number, region in enumerate(regions)]
    middles = [
        RegionCrop(number, crop_box(photo, _CENTRE))
        for number, region in enumerate(regions)
        if region.is_whole
    ]
    return crops + middles


def crop(photo: Image.Image, region: Region) -> Image.Image:
    """Cut a region out of a photo, with some room around a detection."""
    return crop_box(photo, padded(region.box) if region.is_detection else region.box)


def padded(box: Box) -> Box:
    """Return a box with room around it, within the photo."""
    x, y = PADDING * (box.x2 - box.x1), PADDING * (box.y2 - box.y1)
    return Box(
        max(box.x1 - x, 0.0), max(box.y1 - y, 0.0), min(box.x2 + x, 1.0), min(box.y2 + y, 1.0)
    )
