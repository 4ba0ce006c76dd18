"""How many records of each kind, and of which scenes."""

from collections import Counter

import pytest

from rap_engine.training.building.mixing import Mix, passes, spread
from rap_engine.training.chance import chance
from rap_engine.training.records import Kind

WEIGHTS: dict[Kind, float] = {"grounding": 100, "recognition": 40, "caption": 22}


def taken(can: set[Kind], total: int) -> Counter[Kind]:
    mix, counts = Mix(WEIGHTS, total), Counter[Kind]()
    for number in range(total):
        kind = next(kind for kind in mix.order(chance(number)) if kind in can)
        mix.took(kind)
        counts[kind] += 1
    return counts


def test_kinds_are_mixed_as_they_are_weighed() -> None:
    assert taken(set(WEIGHTS), 1620) == {"grounding": 1000, "recognition": 400, "caption": 220}


def test_what_cannot_be_taught_is_made_up_for_by_the_others() -> None:
    counts = taken({"recognition", "caption"}, 620)
    assert counts["grounding"] == 0
    assert counts["recognition"] / counts["caption"] == pytest.approx(40 / 22, rel=0.2)


def test_every_kind_is_tried_once() -> None:
    mix = Mix(WEIGHTS, 1)
    for number in range(5):
        assert sorted(mix.order(chance(number))) == sorted(WEIGHTS)
        mix.took("grounding")


@pytest.mark.parametrize("wanted", [0, 1, 30, 100, 200])
def test_a_choice_has_the_wanted_number_and_the_order_of_all(wanted: int) -> None:
    chosen = list(spread(iter(range(100)), 100, wanted, chance(wanted)))
    assert len(chosen) == min(wanted, 100)
    assert chosen == sorted(set(chosen))


def test_nothing_is_read_behind_the_last_one_that_is_wanted() -> None:
    items = iter(range(100))
    (last,) = spread(items, 100, 1, chance(1))
    assert next(items) == last + 1
    assert not list(spread(items, 100, 0, chance(1)))
    assert next(items) == last + 2


def test_each_item_is_as_likely() -> None:
    counts = Counter(
        item for seed in range(3000) for item in spread(iter(range(10)), 10, 3, chance(seed))
    )
    assert all(abs(count - 900) < 120 for count in counts.values())


@pytest.mark.parametrize(
    ("count", "wanted", "expected"),
    [(10, None, (10,)), (10, 4, (4,)), (10, 10, (10,)), (10, 25, (10, 10, 5)), (0, 5, ())],
)
def test_scenes_are_used_again_until_there_are_enough(
    count: int, wanted: int | None, expected: tuple[int, ...]
) -> None:
    assert tuple(passes(count, wanted)) == expected
