"""Colour changes what pixels look like, and none of their places."""

import numpy as np
import pytest
from PIL import Image

from rap_engine.training.augment.colour import Colour, with_hue_turned
from tests.unit.training.augment.photos import Told, disc, noise, pixels_of, seeded

_NONE = Colour(brightness=0, contrast=0, saturation=0, hue=0)


def test_without_strength_the_photo_stays() -> None:
    assert _NONE(noise(), seeded(0)).tobytes() == noise().tobytes()


def test_edges_stay_where_they_are() -> None:
    photo = Image.new("RGB", (60, 40), (30, 60, 90))
    photo.paste((200, 120, 80), (17, 0, 60, 40))
    for seed in range(20):
        changed = pixels_of(Colour()(photo, seeded(seed)))
        steps = np.abs(np.diff(changed, axis=1)).sum(axis=2)
        assert (steps[:, 16] > 0).all()
        assert np.delete(steps, 16, axis=1).sum() == 0


def test_brighter_is_brighter_and_darker_darker() -> None:
    grey = Image.new("RGB", (40, 40), (100, 100, 100))
    bright, dark = (Colour()(grey, Told(by, 1, 1, 0)) for by in (1.2, 0.8))
    assert bright.getpixel((5, 5)) == (120, 120, 120)
    assert dark.getpixel((5, 5)) == (80, 80, 80)


def test_less_contrast_brings_light_and_dark_together() -> None:
    photo = noise()
    less, more = (Colour()(photo, Told(1, by, 1, 0)) for by in (0.75, 1.25))
    assert pixels_of(less).std() < 0.8 * pixels_of(photo).std()
    assert pixels_of(more).std() > pixels_of(photo).std()


def test_less_saturation_is_nearer_to_grey() -> None:
    photo = Image.new("RGB", (40, 40), (200, 100, 100))
    red, green, blue = Colour()(photo, Told(1, 1, 0.7, 0)).getpixel((0, 0))  # type: ignore[misc]
    assert red < 200
    assert green == blue > 100


@pytest.mark.parametrize(
    ("turn", "colour"),
    [(1 / 3, (0, 254, 3)), (-1 / 3, (3, 0, 254)), (0.5, (0, 252, 254)), (1.0, (254, 0, 0))],
)
def test_the_hue_turns_around_the_wheel(turn: float, colour: tuple[int, int, int]) -> None:
    turned = with_hue_turned(Image.new("RGB", (40, 40), (254, 0, 0)), turn)
    np.testing.assert_allclose(pixels_of(turned)[0, 0], colour, atol=4)


def test_grey_has_no_hue_to_turn() -> None:
    grey = noise().convert("L").convert("RGB")
    assert with_hue_turned(grey, 0.4).tobytes() == grey.tobytes()


def test_a_red_thing_stays_red() -> None:
    for seed in range(30):
        red, green, blue = pixels_of(Colour()(disc(), seeded(seed)))[50, 60]
        assert red > 1.5 * max(green, blue)


def test_the_photo_given_is_not_written_on() -> None:
    photo = disc()
    before = photo.tobytes()
    assert Colour()(photo, seeded(1)).tobytes() != before
    assert photo.tobytes() == before
