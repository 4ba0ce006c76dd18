"""Which region of a photo is the concept that a person introduces."""

import math
import re
from collections.abc import Sequence

from rap_engine.types import Region

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
