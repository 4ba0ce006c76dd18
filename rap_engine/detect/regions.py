"""Which regions of a photo are looked at."""

from collections.abc import Iterable, Sequence

from PIL import Image

from rap_engine.detect.detector import Detector
from rap_engine.types import Region

MOST_DETECTIONS = 6
LEAST_CONFIDENCE = 0.1
"""As in the paper's reference code."""
LEAST_AREA = 0.01
SAME_THING_IOU = 0.6


def propose(
    detector: Detector, photo: Image.Image, vocabulary: Sequence[str]
) -> tuple[Region, ...]:
    """Return the whole photo, always first, then detections, surest first."""
    found = _distinct(
        region
        for region in detector.detect(photo, vocabulary)
        if region.confidence >= LEAST_CONFIDENCE and region.box.area >= LEAST_AREA
    )
    return (Region.whole(), *found[:MOST_DETECTIONS])


def _distinct(regions: Iterable[Region]) -> list[Region]:
    """Suppress a detection that overlaps a surer one, whatever the two are called."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda each: -each.confidence):
        if all(region.box.iou(other.box) <= SAME_THING_IOU for other in kept):
            kept.append(region)
    return kept
