"""Which regions of a photo are looked at."""

from collections.abc import Iterable, Sequence

from PIL import Image

from rap_engine.detect.detector import Detector
from rap_engine.types import Box, Region

MOST_DETECTIONS = 6
LEAST_CONFIDENCE = 0.1
"""As in the paper's reference code."""
LEAST_AREA = 0.01
SAME_THING_IOU = 0.6
SURE_CONFIDENCE = 0.3
BROAD_SHARE = 1 / 3


def propose(
    detector: Detector, photo: Image.Image, vocabulary: Sequence[str]
) -> tuple[Region, ...]:
    """Return the whole photo, always first, then detections, surest first, then what is left.

    No detector knows a word for everything: where its finds leave a broad strip of the photo
    uncovered, somebody may be in it.
    """
    found = _distinct(
        region
        for region in detector.detect(photo, vocabulary)
        if region.confidence >= LEAST_CONFIDENCE and region.box.area >= LEAST_AREA
    )[:MOST_DETECTIONS]
    return (Region.whole(), *found, *_left_over(found))


def _left_over(found: Sequence[Region]) -> list[Region]:
    """Return the broadest strip beside, above or below all surer detections, if it is broad."""
    sure = [region.box for region in found if region.confidence >= SURE_CONFIDENCE]
    if not sure:
        return []
    left, right = min(box.x1 for box in sure), max(box.x2 for box in sure)
    top, bottom = min(box.y1 for box in sure), max(box.y2 for box in sure)
    strips = {
        (0.0, 0.0, left, 1.0): left,
        (right, 0.0, 1.0, 1.0): 1.0 - right,
        (0.0, 0.0, 1.0, top): top,
        (0.0, bottom, 1.0, 1.0): 1.0 - bottom,
    }
    corners, share = max(strips.items(), key=lambda strip: strip[1])
    return [Region(Box(*corners), None, 0.0)] if share >= BROAD_SHARE else []


def _distinct(regions: Iterable[Region]) -> list[Region]:
    """Suppress a detection that overlaps a surer one, whatever the two are called."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda each: -each.confidence):
        if all(region.box.iou(other.box) <= SAME_THING_IOU for other in kept):
            kept.append(region)
    return kept
