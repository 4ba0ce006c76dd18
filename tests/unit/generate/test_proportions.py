"""Stripes become pictures that a processor takes."""

import pytest
from PIL import Image

from rap_engine.generate.proportions import without_stripes


@pytest.mark.parametrize(
    ("size", "taken"),
    [((1280, 4), (1280, 13)), ((5, 1280), (13, 1280)), ((300, 1), (300, 3)), ((1, 101), (2, 101))],
)
def test_a_stripe_is_stretched(size: tuple[int, int], taken: tuple[int, int]) -> None:
    assert without_stripes(Image.new("RGB", size)).size == taken


@pytest.mark.parametrize("size", [(100, 1), (13, 1280), (64, 48), (1, 1)])
def test_any_other_picture_stays_itself(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size)
    assert without_stripes(picture) is picture


def test_places_stay_where_they_are() -> None:
    picture = Image.new("RGB", (1000, 4), "red")
    picture.paste("blue", (0, 2, 1000, 4))
    stretched = without_stripes(picture)
    assert (stretched.getpixel((500, 0)), stretched.getpixel((500, 9))) == (
        (255, 0, 0),
        (0, 0, 255),
    )
