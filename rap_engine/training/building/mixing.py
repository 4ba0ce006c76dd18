"""How many records of each kind: the plan's weights, as far as the scenes can teach these."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import TypeVar

from rap_engine.training.records import Kind

T = TypeVar("T")


class Mix:
    """An urn with as many kinds in it as there are to be records of each.

    Once a kind is used up that a scene could teach, the others of that scene are weighed again:
    a source without boxes teaches no places, and its records are of the other kinds.
    """

    def __init__(self, weights: Mapping[Kind, float], total: int) -> None:
        whole = sum(weights.values())
        self._weights = dict(weights)
        self._left = {kind: weight / whole * total for kind, weight in weights.items()}

    def order(self, rng: Random) -> list[Kind]:
        """Return all kinds in the order in which to try them for one record."""
        wanted = {kind: max(left, 0.0) for kind, left in self._left.items()}
        first = _drawn({kind: left for kind, left in wanted.items() if left}, rng)
        rest = {kind: weight for kind, weight in self._weights.items() if kind not in first}
        return [*first, *_drawn(rest, rng)]

    def took(self, kind: Kind) -> None:
        """Note that a record of this kind was made."""
        self._left[kind] -= 1


def spread(items: Iterator[T], total: int, wanted: int, rng: Random) -> Iterator[T]:
    """Yield as many as wanted of the items, in their order, each as likely (Knuth's algorithm S).

    Args:
        items: at most `total`.
        total: how many there are.
        wanted: how many to yield, at most.
        rng: decides.
    """
    if wanted <= 0:
        return
    for seen, item in enumerate(items):
        if rng.random() * (total - seen) < wanted:
            yield item
            wanted -= 1
            if not wanted:
                return


def passes(count: int, wanted: int | None) -> Sequence[int]:
    """Return how many of `count` scenes each pass over them uses, to use as many as wanted.

    Without a number, each is used once.
    """
    if not count:
        return ()
    if wanted is None:
        return (count,)
    whole, rest = divmod(wanted, count)
    return (*([count] * whole), *([rest] if rest else []))


def _drawn(weights: Mapping[Kind, float], rng: Random) -> list[Kind]:
    """Return the kinds in random order, the heavier ones sooner (Efraimidis and Spirakis)."""
    keys = {kind: rng.random() ** (1 / weight) for kind, weight in weights.items() if weight > 0}
    return sorted(keys, key=lambda kind: -keys[kind])
