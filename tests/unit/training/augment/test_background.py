"""A thing is cut out and pasted elsewhere, or left alone where the cut is implausible."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from structlog.testing import capture_logs

from rap_engine.training.augment.backdrops import Backdrops, cloud, one_colour
from rap_engine.training.augment.background import Background
from rap_engine.training.augment.cutting_out import opacity_of
from rap_engine.types import Box
from tests.unit.training.augment.photos import DISC, disc, grainy, noise, pixels_of, seeded


def _reach(width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """How far each pixel is from the disc's middle, in its radii."""
    rows, columns = np.indices((height, width))
    x, y = DISC.centre
    across, down = (DISC.x2 - DISC.x1) / 2 * width, (DISC.y2 - DISC.y1) / 2 * height
    return np.hypot((columns - x * width) / across, (rows - y * height) / down)


def test_the_thing_keeps_its_pixels_and_all_others_change(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), (20, 30, 220)).save(tmp_path / "blue.png")
    photo = disc()
    onto = Background(Backdrops([tmp_path / "blue.png"], from_photos=1))(photo, seeded(1), DISC)
    reach = _reach(*photo.size)
    np.testing.assert_array_equal(pixels_of(onto)[reach < 0.9], pixels_of(photo)[reach < 0.9])
    assert (pixels_of(onto)[reach > 1.1] == (20, 30, 220)).all()
    assert onto.size == photo.size


def test_the_thing_keeps_its_pixels_in_a_large_photo_too() -> None:
    photo = disc(600, 500)
    onto = Background(Backdrops())(photo, seeded(2), DISC)
    reach = _reach(*photo.size)
    np.testing.assert_array_equal(pixels_of(onto)[reach < 0.9], pixels_of(photo)[reach < 0.9])
    assert (pixels_of(onto)[reach > 1.1] != pixels_of(photo)[reach > 1.1]).any(axis=1).mean() > 0.99


def test_a_cut_is_soft_at_its_edge_alone() -> None:
    opacity = opacity_of(disc(600, 500), DISC)
    assert opacity is not None
    between = (opacity > 0) & (opacity < 1)
    assert between.any()
    assert np.abs(_reach(600, 500)[between] - 1).max() < 0.1


def test_a_hole_in_a_thing_is_filled() -> None:
    photo = disc(240, 200)
    photo.paste((60, 140, 70), (105, 85, 135, 115))
    opacity = opacity_of(grainy(photo), DISC)
    assert opacity is not None
    assert (opacity[85:115, 105:135] == 1).all()


def test_a_speck_beside_the_thing_goes_with_its_background() -> None:
    photo = disc(240, 200)
    photo.paste((200, 40, 40), (62, 42, 74, 54))
    opacity = opacity_of(photo, DISC)
    assert opacity is not None
    assert not opacity[42:54, 62:74].any()
    assert opacity[100, 120] == 1


def _drawn(*rectangles: tuple[int, int, int, int]) -> Image.Image:
    """A red thing of rectangles on green, in a photo of 200 px; `_SQUARE` is from 50 to 150."""
    photo = Image.new("RGB", (200, 200), (60, 140, 70))
    for rectangle in rectangles:
        photo.paste((200, 40, 40), rectangle)
    return grainy(photo)


_SQUARE = Box(0.25, 0.25, 0.75, 0.75)
_HALVES = (50, 50, 95, 150), (105, 50, 150, 150)
_HORSESHOE = (50, 50, 70, 150), (130, 50, 150, 150), (50, 130, 150, 150)
_SPIDER = (82, 82, 118, 118), (97, 50, 103, 150), (50, 97, 150, 103)


@pytest.mark.parametrize(
    ("photo", "box"),
    [
        pytest.param(Image.new("RGB", (90, 90), "grey"), DISC, id="one colour"),
        pytest.param(disc(), Box(0.02, 0.02, 0.98, 0.98), id="a box with room for more"),
        pytest.param(disc(), Box(0.0, 0.0, 0.2, 0.2), id="nothing in the box"),
        pytest.param(_drawn((50, 50, 150, 150)), _SQUARE, id="all of the box"),
        pytest.param(_drawn(*_HALVES), _SQUARE, id="two things"),
        pytest.param(_drawn(*_HORSESHOE), _SQUARE, id="nothing in the middle"),
        pytest.param(_drawn(*_SPIDER), _SQUARE, id="hardly more than its legs"),
        pytest.param(disc(), Box.whole(), id="no surroundings"),
        pytest.param(disc(6400, 32), DISC, id="a sliver"),
        pytest.param(noise(), DISC, id="noise"),
    ],
)
def test_an_implausible_cut_leaves_the_photo_as_it_was(photo: Image.Image, box: Box) -> None:
    assert opacity_of(photo, box) is None
    assert Background(Backdrops())(photo, seeded(0), box).tobytes() == photo.tobytes()


def test_a_thing_without_its_head_is_no_cut() -> None:
    photo = disc()
    # Its upper part has the wall's colour, and the box still says that it is there.
    photo.paste((60, 140, 70), (0, 0, 120, 45))
    assert opacity_of(photo, DISC) is None


def test_a_cut_depends_on_the_photo_alone() -> None:
    # Of this one, GrabCut's own generator decides.
    unsure = Image.blend(disc(80, 80), noise(6, 6, 19).resize((80, 80)), 0.6)
    cuts = set()
    for seed in (0, 1, 2, 12345):
        cv2.setRNGSeed(seed)
        opacity = opacity_of(unsure, DISC)
        assert opacity is not None
        cuts.add(opacity.tobytes())
    assert len(cuts) == 1


@given(
    width=st.integers(32, 90),
    height=st.integers(32, 90),
    seed=st.integers(0, 1 << 32),
    corner=st.tuples(st.floats(0, 0.98), st.floats(0, 0.98)),
    side=st.floats(0.01, 1),
)
@settings(max_examples=25, deadline=None)
def test_any_box_of_any_photo_is_cut_or_not_without_an_error(
    width: int, height: int, seed: int, corner: tuple[float, float], side: float
) -> None:
    box = Box(*corner, min(corner[0] + side, 1), min(corner[1] + side, 1))
    photo = noise(4, 4, seed % 97).resize((width, height))
    before = photo.tobytes()
    assert Background(Backdrops())(photo, seeded(seed), box).size == (width, height)
    assert photo.tobytes() == before


def test_without_photos_a_backdrop_is_one_colour_or_a_cloud() -> None:
    colours = [
        len(Backdrops().draw((40, 30), seeded(seed)).getcolors(1200) or ()) for seed in range(20)
    ]
    assert 1 in colours
    assert max(colours) > 500


def test_a_wall_has_one_colour_and_a_cloud_many() -> None:
    assert one_colour((9, 7), seeded(0)).getcolors() is not None
    assert one_colour((9, 7), seeded(0)).tobytes() != one_colour((9, 7), seeded(1)).tobytes()
    assert cloud((9, 7), seeded(0)).tobytes() == cloud((9, 7), seeded(0)).tobytes()
    assert cloud((9, 7), seeded(0)).tobytes() != cloud((9, 7), seeded(1)).tobytes()


def test_a_backdrop_is_a_part_of_one_of_the_photos(tmp_path: Path) -> None:
    files = [tmp_path / "red.png", tmp_path / "blue.png"]
    for file, colour in zip(files, ("red", "blue"), strict=True):
        Image.new("RGB", (64, 48), colour).save(file)
    drawn = {
        Backdrops(files, from_photos=1).draw((10, 80), seeded(seed)).getpixel((0, 0))
        for seed in range(20)
    }
    assert drawn == {(255, 0, 0), (0, 0, 255)}


def test_nobody_in_a_backdrop_is_recognised(tmp_path: Path) -> None:
    noise(40, 40).resize((800, 800), Image.Resampling.NEAREST).save(tmp_path / "crowd.png")
    backdrops = Backdrops([tmp_path / "crowd.png"], from_photos=1)
    sharp = pixels_of(noise(40, 40)).std()
    for seed in range(5):
        assert pixels_of(backdrops.draw((200, 200), seeded(seed))).std() < sharp / 2


@pytest.mark.parametrize("content", [None, b"no photo"])
def test_a_photo_that_cannot_be_read_is_told_and_replaced(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "gone.jpg"
    if content is not None:
        file.write_bytes(content)
    with capture_logs() as logs:
        backdrop = Backdrops([file], from_photos=1).draw((20, 10), seeded(0))
    assert backdrop.size == (20, 10)
    assert [(log["event"], log["path"]) for log in logs] == [("background_unreadable", str(file))]
