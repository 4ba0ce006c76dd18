"""Something is held before the thing, and never before most of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rap_engine.training.augment.backdrops import Backdrops
from rap_engine.training.augment.occlusion import Occlusion
from tests.unit.training.augment.photos import noise, pixels_of, seeded


@given(
    width=st.integers(32, 120),
    height=st.integers(32, 120),
    most=st.floats(0.05, 1),
    seed=st.integers(0, 1 << 32),
)
@settings(max_examples=60, deadline=None)
def test_it_covers_at_most_its_share(width: int, height: int, most: float, seed: int) -> None:
    photo = noise(width, height)
    before = photo.tobytes()
    covered = Occlusion(Backdrops(), most=most)(photo, seeded(seed))
    assert covered.size == photo.size
    share = (pixels_of(covered) != pixels_of(photo)).any(axis=2).mean()
    assert 0 < share <= most
    assert photo.tobytes() == before


@pytest.mark.parametrize("share", [0.05, 0.25, 0.6])
def test_it_covers_nearly_the_share_that_was_drawn(share: float) -> None:
    photo = Image.new("RGB", (200, 100), (1, 2, 3))
    for seed in range(10):
        covered = Occlusion(Backdrops(), least=share, most=share)(photo, seeded(seed))
        found = (pixels_of(covered) != (1, 2, 3)).any(axis=2).mean()
        assert found == pytest.approx(share, rel=0.1)


def test_what_it_covers_is_a_rectangle_and_all_else_stays() -> None:
    photo = Image.new("RGB", (80, 60), (1, 2, 3))
    changed = (pixels_of(Occlusion(Backdrops())(photo, seeded(4))) != (1, 2, 3)).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert changed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.99


def test_it_is_not_always_in_the_same_place() -> None:
    photo = noise()
    made = {Occlusion(Backdrops())(photo, seeded(seed)).tobytes() for seed in range(5)}
    assert len(made) == 5
