"""Concepts that a photo does not show: noise among references, questions whose answer is no.

What a generator must learn beside recognising: the paper's precision falls from 96 to 58 without
these (its ablation of negative samples). A hard one looks like somebody in the photo.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from random import Random

from rap_engine.training.plan import NegativesPlan
from rap_engine.training.pool.pool import Embeddings, Individual, Pool

Embed = Callable[[Individual], Embeddings]
"""Returns an individual's embedding, (width,), unit length."""


@dataclass(frozen=True, slots=True)
class Negatives:
    """Draws them as the plan says. Without `embed`, hard ones are of the same category."""

    plan: NegativesPlan
    pool: Pool
    embed: Embed | None = None

    def noise(self, rng: Random) -> int:
        """Return how many a record gets: none, or 1 to the plan's most."""
        if not self.plan.most or rng.random() >= self.plan.references:
            return 0
        return rng.randint(1, self.plan.most)

    def is_no(self, rng: Random) -> bool:
        """Whether the next question's answer is no."""
        return rng.random() < self.plan.questions

    def draw(
        self, count: int, like: Individual, excluded: Collection[str], rng: Random
    ) -> list[Individual]:
        """Draw individuals, none twice; fewer where the pool has no more.

        Args:
            count: how many.
            like: whom hard ones look like.
            excluded: keys of all who are in the photo.
            rng: decides.
        """
        hard = sum(rng.random() < self.plan.hard for _ in range(count))
        drawn = self._hard(hard, like, excluded, rng)
        taken = {*excluded, *(each.key for each in drawn)}
        left = self.pool.others(taken)
        drawn += rng.sample(left, min(count - len(drawn), len(left)))
        rng.shuffle(drawn)
        return drawn

    def _hard(
        self, count: int, like: Individual, excluded: Collection[str], rng: Random
    ) -> list[Individual]:
        if not count:
            return []
        if self.pool.keys is not None and self.embed is not None:
            known = self.pool.embedding_of(like.key)
            embedding = self.embed(like) if known is None else known
            return self.pool.nearest(embedding, count, excluded)
        alike = [one for one in self.pool.others(excluded) if one.category == like.category]
        return rng.sample(alike, min(count, len(alike)))
