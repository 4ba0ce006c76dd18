"""Which lessons each step is of."""

from collections import Counter
from itertools import chain

import pytest

from rap_engine.training.trainer.order import Order, StepSampler, hold_out, seed_of

LENGTHS = [20 + (number * 37) % 101 for number in range(103)]


def _order(*, is_grouped: bool = True, seed: int = 0) -> Order:
    return Order(LENGTHS, batch=8, is_grouped=is_grouped, seed=seed)


@pytest.mark.parametrize("is_grouped", [True, False])
def test_an_epoch_has_each_lesson_once(is_grouped: bool) -> None:
    order = _order(is_grouped=is_grouped)
    assert order.steps_an_epoch == 13
    for epoch in range(2):
        seen = [order.lessons(13 * epoch + step) for step in range(13)]
        assert sorted(chain(*seen)) == list(range(103))
        assert sorted(map(len, seen)) == [7] + [8] * 12


def test_a_step_is_the_same_whatever_was_asked_before() -> None:
    order = _order()
    wanted = [order.lessons(step) for step in range(39)]
    for step in (38, 3, 20, 3):
        assert _order().lessons(step) == wanted[step]
        assert order.lessons(step) == wanted[step]


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    orders = [_order().lessons(0), _order().lessons(13), _order(seed=1).lessons(0)]
    assert len({tuple(sorted(each)) for each in orders}) == 3


def test_a_grouped_batch_has_lessons_of_alike_length() -> None:
    def padded(order: Order) -> int:
        steps = [[LENGTHS[one] for one in order.lessons(step)] for step in range(13)]
        return sum(max(lengths) * len(lengths) - sum(lengths) for lengths in steps)

    assert padded(_order()) < padded(_order(is_grouped=False)) / 5


def test_ranks_share_a_step() -> None:
    order = _order()
    ranks = [list(StepSampler(order, 13, rank, 3)) for rank in range(3)]
    for step in range(13):
        assert sorted(chain(*(rank[step] for rank in ranks))) == sorted(order.lessons(step))
        assert max(len(rank[step]) for rank in ranks) <= 3


def test_a_run_ends_with_its_epochs_or_with_its_steps() -> None:
    assert _order().steps(1, None) == 13
    assert _order().steps(0.5, None) == 7
    assert _order().steps(3, 10) == 10
    assert _order().steps(0.001, None) == 1


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_no_photo_is_trained_on_and_held_out(share: float) -> None:
    photos = [number % 20 for number in range(100)]
    train, held_out = hold_out(photos, share, seed=0)
    assert sorted(train + held_out) == list(range(100))
    assert {photos[at] for at in train}.isdisjoint(photos[at] for at in held_out)
    assert train
    assert len(held_out) >= min(share * 100, 95)
    assert Counter(hold_out(photos, share, seed=1)[1]) != Counter(held_out) or share > 0.9


def test_nothing_is_held_out_where_nothing_is_asked_for_or_there_is_one_photo() -> None:
    assert hold_out([1, 2, 3], 0.0, seed=0) == ([0, 1, 2], [])
    assert hold_out([1, 1, 1], 0.5, seed=0) == ([0, 1, 2], [])


def test_seeds_differ_by_each_of_their_parts() -> None:
    assert len({seed_of(0, 0, 0), seed_of(1, 0, 0), seed_of(0, 1, 0), seed_of(0, 0, 1)}) == 4
    assert seed_of(3, 2, 1) == seed_of(3, 2, 1)
