"""The packaged detector, with its own weights."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from rap_engine.detect.ssd import SsdDetector
from rap_engine.types import Box


@pytest.fixture(scope="module")
def detector() -> SsdDetector:
    return SsdDetector()


def test_an_empty_photo_holds_nothing_sure(detector: SsdDetector) -> None:
    found = detector.detect(Image.new("RGB", (320, 240), "grey"), [])
    assert [region for region in found if region.confidence > 0.5] == []


def _stop_sign() -> Image.Image:
    photo = Image.new("RGB", (600, 300), "skyblue")
    draw = ImageDraw.Draw(photo)
    draw.rectangle((442, 150, 458, 300), fill="grey")
    draw.regular_polygon((450, 110, 95), 8, rotation=22.5, fill="white")
    draw.regular_polygon((450, 110, 88), 8, rotation=22.5, fill="#b01010")
    draw.text((450, 110), "STOP", fill="white", font=ImageFont.load_default(58), anchor="mm")
    return photo


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_a_drawn_stop_sign_is_found_where_it_is(detector: SsdDetector, mode: str) -> None:
    best = detector.detect(_stop_sign().convert(mode), [])[0]
    assert (best.label, best.confidence > 0.9) == ("stop sign", True)
    assert best.box.iou(Box(0.59, 0.05, 0.91, 0.7)) > 0.8
