"""Flip, rotation, perspective and scale move pixels where they should, and keep sizes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rap_engine.training.augment.change import Change
from rap_engine.training.augment.geometry import Flip, Perspective, Rotation, Scale, turned
from tests.unit.training.augment.photos import Told, disc, mark_in, marked, noise, pixels_of, seeded


def test_a_flip_exchanges_left_and_right() -> None:
    photo = noise()
    np.testing.assert_array_equal(pixels_of(Flip()(photo, seeded(0))), pixels_of(photo)[:, ::-1])


def test_a_flip_of_a_flip_is_the_photo() -> None:
    photo, flip = noise(), Flip()
    assert flip(flip(photo, seeded(0)), seeded(1)).tobytes() == photo.tobytes()


@pytest.mark.parametrize(
    ("degrees", "there"), [(90.0, (50, 10)), (-90.0, (50, 70)), (180.0, (20, 40)), (0.0, (80, 40))]
)
def test_a_rotation_moves_a_mark_about_the_middle_counter_clockwise(
    degrees: float, there: tuple[int, int]
) -> None:
    found = mark_in(turned(marked(80, 40), degrees))
    assert found == pytest.approx(there, abs=0.1)


def test_a_rotation_by_a_drawn_angle_is_a_turn_by_it() -> None:
    photo = noise()
    drawn = Rotation(most=15)(photo, Told(-12.5))
    assert drawn.tobytes() == turned(photo, -12.5).tobytes() != photo.tobytes()


def test_a_rotation_turns_no_further_than_it_may() -> None:
    for seed in range(30):
        x, y = mark_in(Rotation(most=5)(marked(80, 40), seeded(seed)))
        assert abs(np.degrees(np.arctan2(40 - y, x - 50))) <= 5.2


def test_no_corner_is_black_after_a_rotation() -> None:
    photo = disc()
    assert pixels_of(turned(photo, 15)).sum(axis=2).min() > 0.5 * pixels_of(photo).sum(axis=2).min()


def test_perspective_brings_the_part_that_is_seen_to_the_corners() -> None:
    # The upper left corner of the part is a tenth inside the photo, all others at its corners.
    seen = Perspective(most=0.15)(marked(10, 8), Told(0.1, 0.1, 0, 0, 0, 0, 0, 0))
    assert seen.size == (101, 81)
    assert pixels_of(seen)[0, 0].tolist() == [255, 255, 255]
    assert mark_in(seen) == pytest.approx((1, 1), abs=1)


def test_perspective_without_strength_is_the_photo() -> None:
    assert Perspective(most=0)(noise(), seeded(3)).tobytes() == noise().tobytes()


def test_perspective_is_no_mere_cut() -> None:
    # A line that was upright leans: its upper end moves, its lower end stays.
    upper, lower = (
        mark_in(Perspective()(marked(50, y), Told(0.15, 0, 0, 0, 0, 0, 0, 0))) for y in (5, 75)
    )
    assert upper[0] < 46
    assert lower[0] > 49


def test_nearer_is_a_part_of_the_photo_pixel_by_pixel() -> None:
    photo = noise(100, 80)
    near = Scale()(photo, Told(0.7))
    assert near.size == (70, 56)
    places = [
        (x, y)
        for x in range(31)
        for y in range(25)
        if photo.crop((x, y, x + 70, y + 56)).tobytes() == near.tobytes()
    ]
    assert len(places) == 1


def test_farther_is_the_photo_smaller_in_its_size() -> None:
    far = Scale(farthest=1.25)(disc(200, 160), Told(1.25, 10.0, 8.0))
    assert far.size == (200, 160)
    red = pixels_of(far)[..., 0] > pixels_of(far)[..., 1] + 60
    columns = np.flatnonzero(red.any(axis=0))
    assert columns[0] == pytest.approx(0.25 * 160 + 10, abs=2)
    assert columns[-1] == pytest.approx(0.75 * 160 + 10, abs=2)


def test_a_part_is_never_under_32_px() -> None:
    assert Scale()(noise(40, 33), Told(0.65)).size == (32, 32)


@pytest.mark.parametrize("change", [Flip(), Rotation(), Perspective(), Scale()])
@given(width=st.integers(32, 97), height=st.integers(32, 97), seed=st.integers(0, 1 << 32))
@settings(max_examples=20, deadline=None)
def test_any_size_is_kept_or_cut(change: Change, width: int, height: int, seed: int) -> None:
    photo = noise(width, height)
    before = photo.tobytes()
    made = change(photo, seeded(seed))
    assert made.mode == "RGB"
    assert made is not photo
    assert 32 <= made.width <= width
    assert 32 <= made.height <= height
    assert isinstance(change, Scale) or made.size == photo.size
    assert photo.tobytes() == before
