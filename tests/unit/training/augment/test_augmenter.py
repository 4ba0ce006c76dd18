"""The changes together, as a plan says."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rap_engine.images import crop_box
from rap_engine.retrieve.crops import padded
from rap_engine.training.augment.augmenter import Augmenter
from rap_engine.training.errors import BadPlan
from rap_engine.training.plan import AugmentationPlan
from rap_engine.types import Box
from tests.unit.training.augment.photos import DISC, disc, noise, pixels_of, seeded

_CHANGES = ("flip", "colour", "rotation", "scale", "perspective", "background", "occlusion")
_NEVER = dict.fromkeys(_CHANGES, 0.0)
_ALWAYS = dict.fromkeys(_CHANGES, 1.0)


def _augmenter(**chances: float) -> Augmenter:
    return Augmenter.of(AugmentationPlan(**{**_NEVER, **chances}))


@pytest.mark.parametrize("box", [None, DISC])
def test_without_a_chance_the_crop_stays(box: Box | None) -> None:
    crop = _augmenter()(disc(), seeded(0), box=box)
    expected = disc() if box is None else crop_box(disc(), padded(box))
    assert crop.size == expected.size
    assert crop.tobytes() == expected.tobytes()


@pytest.mark.parametrize("change", _CHANGES)
def test_each_change_is_made_by_its_own_chance(change: str) -> None:
    photo = crop_box(disc(), padded(DISC))
    assert _augmenter(**{change: 1.0})(photo, seeded(1)).tobytes() != photo.tobytes()


def test_a_chance_is_a_share_of_the_crops() -> None:
    augmenter, photo, rng = _augmenter(flip=0.3), noise(), seeded(5)
    flipped = sum(augmenter(photo, rng).tobytes() != photo.tobytes() for _ in range(1000))
    assert 250 < flipped < 350


def test_the_same_seed_gives_the_same_pixels_and_another_one_others() -> None:
    augmenter = _augmenter(**_ALWAYS)
    made = [augmenter(disc(), seeded(seed)).tobytes() for seed in (1, 1, 2, 3)]
    assert made[0] == made[1]
    assert len(set(made)) == 3


def test_variants_of_one_generator_differ() -> None:
    augmenter, rng = Augmenter.of(AugmentationPlan()), seeded(8)
    assert len({augmenter(noise(), rng).tobytes() for _ in range(8)}) >= 7


def test_of_a_whole_photo_the_box_is_cut_and_its_surroundings_exchanged(tmp_path: Path) -> None:
    Image.new("RGB", (90, 90), (20, 30, 220)).save(tmp_path / "blue.png")
    wide = Image.new("RGB", (400, 300), (60, 140, 70))
    wide.paste(disc(), (200, 100))
    box = Box((200 + 30) / 400, (100 + 20) / 300, (200 + 90) / 400, (100 + 80) / 300)
    augmenter = Augmenter.of(
        AugmentationPlan(**{**_NEVER, "background": 1.0}), [tmp_path / "blue.png"]
    )
    for seed in range(20):
        crop = augmenter(wide, seeded(seed), box=box)
        expected = crop_box(wide, padded(box))
        assert np.abs(np.subtract(crop.size, expected.size)).max() <= 2
        if crop.getpixel((0, 0)) == (20, 30, 220):
            break
    else:
        pytest.fail("no backdrop came from the photo")
    height, width = crop.height, crop.width
    middle = pixels_of(crop)[height // 3 : height * 2 // 3, width // 3 : width * 2 // 3]
    assert (middle[..., 0] > 150).all()


def test_a_plan_with_novel_views_needs_somebody_who_makes_them() -> None:
    with pytest.raises(BadPlan, match="novel_views"):
        Augmenter.of(AugmentationPlan(novel_views=0.1))


def test_novel_views_are_made_of_the_crop_by_their_chance_and_told_what_it_is() -> None:
    asked: list[tuple[tuple[int, int], str]] = []

    def view(crop: Image.Image, rng: Random, category: str) -> Image.Image:
        asked.append((crop.size, category))
        return Image.new("RGB", crop.size, "red")

    augmenter = Augmenter.of(AugmentationPlan(**{**_NEVER, "novel_views": 0.5}), novel_views=view)
    rng = seeded(0)
    made = [augmenter(noise(40, 50), rng, category="dog").getpixel((0, 0)) for _ in range(40)]
    assert asked == [((40, 50), "dog")] * made.count((255, 0, 0))
    assert 10 < len(asked) < 30


def _as_mode(photo: Image.Image, mode: str) -> Image.Image:
    if mode == "clear":
        return Image.new("RGBA", photo.size, (10, 20, 30, 0))
    return photo.convert(mode)


@given(
    width=st.integers(1, 80),
    height=st.integers(1, 80),
    mode=st.sampled_from(["RGB", "L", "LA", "RGBA", "P", "1", "CMYK", "clear"]),
    seed=st.integers(0, 1 << 32),
)
@settings(max_examples=40, deadline=None)
def test_any_photo_becomes_rgb_of_at_least_32_px_and_no_larger(
    width: int, height: int, mode: str, seed: int
) -> None:
    photo = _as_mode(noise(width, height), mode)
    before = photo.mode, photo.tobytes()
    crop = _augmenter(**_ALWAYS)(photo, seeded(seed))
    assert crop.mode == "RGB"
    assert 32 <= crop.width <= max(width, 32)
    assert 32 <= crop.height <= max(height, 32)
    assert (photo.mode, photo.tobytes()) == before


@pytest.mark.parametrize("size", [(1, 60), (60, 1), (1, 1), (31, 32)])
def test_a_stripe_is_continued_and_not_stretched(size: tuple[int, int]) -> None:
    stripe = noise(*size)
    crop = _augmenter()(stripe, seeded(0))
    assert crop.size == (max(size[0], 32), max(size[1], 32))
    left, top = (crop.width - size[0]) // 2, (crop.height - size[1]) // 2
    inside = crop.crop((left, top, left + size[0], top + size[1]))
    assert inside.tobytes() == stripe.tobytes()
    assert set(map(bytes, pixels_of(crop).reshape(-1, 3).astype(np.uint8))) == set(
        map(bytes, pixels_of(stripe).reshape(-1, 3).astype(np.uint8))
    )


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (40, 40), (10, 20, 30, 0))
    assert _augmenter()(clear, seeded(0)).getcolors() == [(1600, (255, 255, 255))]
