"""Who is not in the photo: how many, how hard, and never somebody who is."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rap_engine.training.chance import chance
from rap_engine.training.plan import NegativesPlan
from rap_engine.training.pool.negatives import Negatives
from rap_engine.training.pool.pool import Individual, Pool, View
from rap_engine.types import Box

ANGLES = {"a": 0.0, "b": 20.0, "c": 40.0, "d": 90.0, "e": 180.0}
"""Embeddings of five individuals, as degrees on a circle."""
KINDS = {"a": "dog", "b": "cat", "c": "dog", "d": "dog", "e": "cup"}


def individual(key: str) -> Individual:
    view = View(Path(f"{key}.jpg"), Box.whole())
    return Individual(key, KINDS.get(key, "dog"), "", "", (), (view,))


def towards(degrees: float) -> NDArray[np.float32]:
    angle = np.deg2rad(degrees)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def pool(*, with_keys: bool = True) -> Pool:
    everybody = [individual(key) for key in ANGLES]
    keys = np.stack([towards(ANGLES[each.key]) for each in everybody])
    return Pool.of({}, everybody, keys if with_keys else None)


def drawn(negatives: Negatives, count: int, like: str, seed: int, *excluded: str) -> list[str]:
    found = negatives.draw(count, individual(like), {like, *excluded}, chance(seed))
    return [each.key for each in found]


HARD = NegativesPlan(hard=1.0)
EASY = NegativesPlan(hard=0.0)


def unasked(each: Individual) -> NDArray[np.float32]:
    raise AssertionError(f"{each.key} is in the pool: its embedding is known")


def test_hard_ones_are_the_nearest_of_others() -> None:
    negatives = Negatives(HARD, pool(), unasked)
    assert drawn(negatives, 1, "a", 1) == ["b"]
    assert sorted(drawn(negatives, 2, "a", 1)) == ["b", "c"]
    assert drawn(negatives, 1, "a", 1, "b") == ["c"]
    assert drawn(negatives, 1, "d", 1) == ["c"]


def test_somebody_outside_of_the_pool_is_embedded() -> None:
    negatives = Negatives(HARD, pool(), lambda _: towards(170))
    assert drawn(negatives, 1, "outsider", 1) == ["e"]


def test_a_copy_of_the_same_crop_is_no_negative() -> None:
    negatives = Negatives(HARD, pool(), lambda _: towards(1))
    assert drawn(negatives, 1, "outsider", 1) == ["b"]


def test_without_an_encoder_hard_ones_are_of_the_same_kind() -> None:
    negatives = Negatives(HARD, pool(with_keys=False))
    assert {drawn(negatives, 1, "a", seed)[0] for seed in range(30)} == {"c", "d"}


def test_easy_ones_are_anybody() -> None:
    negatives = Negatives(EASY, pool(), unasked)
    assert {drawn(negatives, 1, "a", seed)[0] for seed in range(60)} == {"b", "c", "d", "e"}


def test_nobody_is_drawn_twice_and_no_more_than_there_are() -> None:
    negatives = Negatives(NegativesPlan(hard=0.5), pool(), unasked)
    for seed in range(50):
        found = drawn(negatives, 9, "a", seed, "e")
        assert sorted(found) == ["b", "c", "d"]


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_the_share_of_hard_ones_is_the_plans(share: float) -> None:
    negatives = Negatives(NegativesPlan(hard=share), pool(), unasked)
    nearest = sum(drawn(negatives, 1, "a", seed) == ["b"] for seed in range(2000)) / 2000
    # An easy one is the nearest of four by chance.
    assert nearest == pytest.approx(share + (1 - share) / 4, abs=0.03)


@pytest.mark.parametrize(("references", "most"), [(0.0, 2), (0.5, 2), (1.0, 3), (0.5, 0)])
def test_the_amount_of_noise_is_the_plans(references: float, most: int) -> None:
    negatives = Negatives(NegativesPlan(references=references, most=most), pool())
    counts = [negatives.noise(chance(seed)) for seed in range(2000)]
    share = references if most else 0.0
    assert sum(count > 0 for count in counts) / 2000 == pytest.approx(share, abs=0.03)
    for number in range(1, most + 1):
        assert counts.count(number) / 2000 == pytest.approx(share / most, abs=0.03)
    assert max(counts) <= most


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_share_of_noes_is_the_plans(share: float) -> None:
    negatives = Negatives(NegativesPlan(questions=share), pool())
    noes = sum(negatives.is_no(chance(seed)) for seed in range(2000)) / 2000
    assert noes == pytest.approx(share, abs=0.0 if share in (0, 1) else 0.03)
