"""Which regions of a photo are looked at."""

from collections.abc import Sequence

import pytest
from PIL import Image

from rap_engine.detect import propose
from rap_engine.detect.regions import MOST_DETECTIONS
from rap_engine.types import Box, Region

PHOTO = Image.new("RGB", (100, 100))


class Finds:
    """A detector that finds what it was told."""

    name = "finds"

    def __init__(self, *regions: Region) -> None:
        self._regions = list(regions)
        self.asked: list[str] = []

    def detect(self, photo: Image.Image, vocabulary: Sequence[str]) -> list[Region]:
        self.asked += vocabulary
        return self._regions


def _found(x1: float, y1: float, x2: float, y2: float, confidence: float = 0.9) -> Region:
    return Region(Box(x1, y1, x2, y2), "dog", confidence)


def test_the_whole_photo_is_always_a_region() -> None:
    assert propose(Finds(), PHOTO, []) == (Region.whole(),)


def test_the_vocabulary_reaches_the_detector() -> None:
    detector = Finds()
    propose(detector, PHOTO, ["teapot"])
    assert detector.asked == ["teapot"]


def test_detections_come_surest_first_after_the_whole_photo() -> None:
    weak, sure = _found(0, 0, 0.9, 0.4, 0.5), _found(0, 0.5, 0.9, 1, 0.8)
    assert propose(Finds(weak, sure), PHOTO, []) == (Region.whole(), sure, weak)


@pytest.mark.parametrize(
    "region", [_found(0, 0, 1, 1, 0.09), _found(0.5, 0.5, 0.55, 0.55)], ids=["unsure", "tiny"]
)
def test_what_is_unsure_or_tiny_is_left_out(region: Region) -> None:
    assert propose(Finds(region), PHOTO, []) == (Region.whole(),)


def test_of_two_boxes_round_one_thing_the_surer_stays() -> None:
    sure, again = _found(0, 0, 0.8, 1, 0.9), _found(0.05, 0, 0.85, 1, 0.6)
    assert propose(Finds(again, sure), PHOTO, []) == (Region.whole(), sure)


def test_a_photo_of_a_crowd_is_cut_short() -> None:
    crowd = [_found(i / 10, 0, (i + 1) / 10, 1, 0.9 - i / 100) for i in range(10)]
    detections = [region for region in propose(Finds(*crowd), PHOTO, []) if region.is_detection]
    assert detections == crowd[:MOST_DETECTIONS]


def test_a_broad_strip_that_no_detection_covers_is_a_region_too() -> None:
    left = _found(0.05, 0.1, 0.45, 0.9)
    *_, rest = propose(Finds(left), PHOTO, [])
    assert rest == Region(Box(0.45, 0.0, 1.0, 1.0), None, 0.0)
    assert not rest.is_detection
    assert not rest.is_whole


def test_a_narrow_strip_is_not() -> None:
    middle = _found(0.2, 0.2, 0.8, 0.8)
    assert propose(Finds(middle), PHOTO, []) == (Region.whole(), middle)
