"""Which records each step is of: decided by the seed and the step's number, and by nothing else.

So a run that goes on from a checkpoint reads on where it was, however often it was ended before.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from torch.utils.data import Sampler

# Batches of alike length are made within this many batches, which are drawn at random.
_GROUPED_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Order:
    """The steps of a run.

    Attributes:
        lengths: Of each lesson, in tokens.
        batch: Lessons a step, over all ranks.
        is_grouped: Whether a batch has lessons of alike length, which saves padding.
        seed: Decides the order.
    """

    lengths: Sequence[int]
    batch: int
    is_grouped: bool
    seed: int
    _epochs: dict[int, list[list[int]]] = field(default_factory=dict)

    @property
    def steps_an_epoch(self) -> int:
        """How many steps see each lesson once."""
        return math.ceil(len(self.lengths) / self.batch)

    def steps(self, epochs: float, most_steps: int | None) -> int:
        """Return how many steps a run has, at least one."""
        steps = max(1, math.ceil(epochs * self.steps_an_epoch))
        return steps if most_steps is None else min(steps, most_steps)

    def lessons(self, step: int) -> list[int]:
        """Return the lessons of a step, the longest first; the last of an epoch may have fewer."""
        epoch, at = divmod(step, self.steps_an_epoch)
        if epoch not in self._epochs:
            self._epochs.clear()
            self._epochs[epoch] = self._drawn(epoch)
        return self._epochs[epoch][at]

    def _drawn(self, epoch: int) -> list[list[int]]:
        random = np.random.default_rng((self.seed, epoch))
        shuffled: list[int] = random.permutation(len(self.lengths)).tolist()
        if not self.is_grouped:
            return [self._longest_first(each) for each in _parted(shuffled, self.batch)]
        batches = [
            batch
            for group in _parted(shuffled, self.batch * _GROUPED_AT_ONCE)
            for batch in _parted(self._longest_first(group), self.batch)
        ]
        return [batches[at] for at in random.permutation(len(batches))]

    def _longest_first(self, lessons: Sequence[int]) -> list[int]:
        return sorted(lessons, key=lambda one: -self.lengths[one])


def _parted(lessons: Sequence[int], size: int) -> list[Sequence[int]]:
    return [lessons[at : at + size] for at in range(0, len(lessons), size)]


class StepSampler(Sampler[list[int]]):
    """Yields a rank's lessons of each step of the whole run."""

    def __init__(self, order: Order, steps: int, rank: int, ranks: int) -> None:
        self._order = order
        self._steps = steps
        self._rank = rank
        self._ranks = ranks

    def __len__(self) -> int:
        return self._steps

    def __iter__(self) -> Iterator[list[int]]:
        for step in range(self._steps):
            yield self._order.lessons(step)[self._rank :: self._ranks]


def seed_of(*parts: Any) -> int:
    """Return a seed for the random numbers of one rank at one step."""
    return int(np.random.SeedSequence(parts).generate_state(1, np.uint64)[0])


def hold_out(photos: Sequence[int], share: float, seed: int) -> tuple[list[int], list[int]]:
    """Part lessons into those to train on and those to evaluate on; no photo is in both.

    Args:
        photos: of each lesson, by a number.
        share: of the lessons to hold out, at least; 0 for none.
        seed: decides which.
    """
    kinds = sorted(set(photos))
    drawn = np.random.default_rng((seed, len(kinds))).permutation(len(kinds)).tolist()
    counts = Counter(photos)
    wanted, held_out = share * len(photos), set[int]()
    # One photo stays, whatever the share.
    for at in drawn[:-1]:
        if wanted <= 0:
            break
        held_out.add(kinds[at])
        wanted -= counts[kinds[at]]
    return (
        [at for at, photo in enumerate(photos) if photo not in held_out],
        [at for at, photo in enumerate(photos) if photo in held_out],
    )
