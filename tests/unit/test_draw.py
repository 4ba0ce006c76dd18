"""Boxes and labels on a photo."""

from io import BytesIO
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from rap_engine.draw import READABLE_SIDE_PX, draw_boxes, labels, legend, plates
from rap_engine.generate import LocatedName
from rap_engine.types import Box

LEFT, RIGHT = Box(0.05, 0.2, 0.45, 0.9), Box(0.55, 0.2, 0.95, 0.9)
GREY = (120, 120, 120)


def photo(width: int, height: int, mode: str = "RGB") -> Image.Image:
    return Image.new("RGB", (width, height), GREY).convert(mode)


def drawn(on: Image.Image, *located: LocatedName) -> Image.Image:
    return Image.open(BytesIO(draw_boxes(on, located)))


def changed(picture: Image.Image) -> np.ndarray:
    """Where the picture is not the grey of the photo. (height, width), bool."""
    return (np.abs(np.asarray(picture, dtype=int) - GREY) > 40).any(axis=2)


@pytest.mark.parametrize("size", [(64, 64), (64, 1600), (1600, 64), (800, 600), (1600, 1200)])
def test_a_picture_keeps_the_photos_shape_and_can_be_read(size: tuple[int, int]) -> None:
    picture = drawn(photo(*size), LocatedName("Biscuit", LEFT))
    assert picture.format == "JPEG"
    assert max(picture.size) == max(*size, READABLE_SIDE_PX)
    assert picture.width * size[1] == pytest.approx(picture.height * size[0], rel=0.02)


def test_a_box_is_drawn_where_it_is_and_nowhere_else() -> None:
    picture = drawn(photo(800, 600), LocatedName("Biscuit", Box(0.5, 0.5, 0.9, 0.9)))
    marks = changed(picture)
    assert marks[310:530, 396:406].any(axis=1).all()
    assert marks[310:530, 714:726].any(axis=1).all()
    assert not marks[:, :380].any()
    assert not marks[560:, :].any()


def test_a_photo_without_boxes_stays_as_it_is() -> None:
    assert not changed(drawn(photo(600, 600))).any()


def test_the_photo_itself_is_not_drawn_on() -> None:
    original = photo(600, 600)
    draw_boxes(original, [LocatedName("Biscuit", LEFT)])
    assert not changed(original).any()


@pytest.mark.parametrize("mode", ["RGBA", "L", "P", "LA", "CMYK"])
def test_a_photo_of_any_mode_is_drawn_on(mode: str) -> None:
    assert changed(drawn(photo(600, 600, mode), LocatedName("Biscuit", LEFT))).any()


@pytest.mark.parametrize("size", [(64, 64), (64, 1600), (1600, 64), (640, 480), (1600, 1600)])
@pytest.mark.parametrize(
    "box",
    [
        Box.whole(),
        Box(0.0, 0.0, 0.1, 0.05),
        Box(0.9, 0.95, 1.0, 1.0),
        Box(0.999, 0.999, 1.0, 1.0),
        LEFT,
    ],
)
@pytest.mark.parametrize("name", ["Biscuit", "W" * 64, "小白", "🐶"])
def test_a_label_is_never_off_the_picture(size: tuple[int, int], box: Box, name: str) -> None:
    (plate,) = plates(size, [LocatedName(name, box)])
    x1, y1, x2, y2 = plate.area
    assert 0 <= x1 < x2 < size[0]
    assert 0 <= y1 < y2 < size[1]


@pytest.mark.parametrize("size", [(512, 512), (640, 480), (1600, 1600)])
def test_labels_do_not_cover_each_other(size: tuple[int, int]) -> None:
    placed = plates(size, [LocatedName(f"Biscuit {number}", LEFT) for number in range(12)])
    areas = [plate.area for plate in placed]
    assert not any(
        one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
        for one, other in combinations(areas, 2)
    )


def test_a_label_too_wide_for_the_picture_is_cut() -> None:
    (plate,) = plates((512, 512), [LocatedName("Biscuit " * 8, LEFT)])
    assert plate.text.startswith("Biscuit Biscuit")
    assert plate.text.endswith("…")


def test_a_label_is_drawn_on_its_plate() -> None:
    located = LocatedName("Biscuit", LEFT)
    (plate,) = plates((800, 600), [located])
    x1, y1, x2, y2 = plate.area
    assert changed(drawn(photo(800, 600), located))[y1:y2, x1:x2].mean() > 0.9


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Biscuit", "Biscuit"),
        ("O'Malley", "O'Malley"),
        ("Müsli", "Musli"),
        ("Rex 🐶", "Rex"),
        ("小白", "1"),
        ("Rex 小白", "1"),
        ("🐶", "1"),
        ("ปุย", "1"),
    ],
)
def test_a_label_is_what_the_font_can_show(name: str, label: str) -> None:
    assert labels([LocatedName(name, LEFT)]) == (label,)


def test_numbers_are_explained() -> None:
    located = [LocatedName("小白", LEFT), LocatedName("Rex", LEFT), LocatedName("🐶", RIGHT)]
    assert labels(located) == ("1", "Rex", "3")
    assert legend(located) == "1: 小白, 3: 🐶"


def test_names_that_are_shown_need_no_explanation() -> None:
    assert legend([LocatedName("Rex", LEFT), LocatedName("2", RIGHT)]) == ""
