"""How a pool comes to be: from scenes, one by one, in bounded memory."""

from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from rap_engine.training.chance import chance
from rap_engine.training.pool.pool import Individual, Pool, View, individual_of, key_of, usable
from rap_engine.training.scene import Instance, Scene

MOST_VIEWS: Final = 16
"""Views kept of an individual; its introduction is always among them."""
MOST_IDENTITIES: Final = 100_000
MOST_SAMPLED: Final = 4_096
"""Individuals that negatives are drawn from. Float16 keys of 1,280 take 10 MB."""


class PoolBuilder:
    """Takes scenes one by one; what it holds is bounded, however many there are."""

    def __init__(self, seed: int) -> None:
        self._rng = chance(seed, "pool")
        self._known: dict[str, _Gathered] = {}
        self._samples: dict[str, _Sample] = {}

    def add(self, source: str, scene: Scene) -> None:
        """Note everybody of a scene."""
        for at in usable(scene):
            instance, key = scene.instances[at], key_of(source, scene, at)
            gathered = self._known.get(key)
            if gathered is not None:
                gathered.see(instance, _view(scene, at), self._rng)
                continue
            if instance.identity is not None and len(self._known) < MOST_IDENTITIES:
                self._known[key] = _Gathered.of(individual_of(source, scene, at))
            sample = self._samples.setdefault(source, _Sample(MOST_SAMPLED))
            sample.offer(individual_of(source, scene, at), self._rng)

    def build(self) -> Pool:
        """Return everybody, without embeddings.

        Each source has the same share of the sample, so that a large one does not fill it.
        """
        known = {key: gathered.individual() for key, gathered in self._known.items()}
        share = MOST_SAMPLED // max(len(self._samples), 1)
        sampled = [
            known.get(each.key, each)
            for sample in self._samples.values()
            for each in sample.kept[:share]
        ]
        return Pool.of(known, sampled)


@dataclass(slots=True)
class _Gathered:
    first: Individual
    views: list[View]
    seen: int = 1

    @classmethod
    def of(cls, first: Individual) -> "_Gathered":
        return cls(first, list(first.views))

    def see(self, instance: Instance, view: View, rng: Random) -> None:
        """Keep a view if chance will have it, so that all of its photos are as likely."""
        self.seen += 1
        if view.is_introduction:
            self.views.insert(0, view)
            del self.views[MOST_VIEWS:]
        elif len(self.views) < MOST_VIEWS:
            self.views.append(view)
        elif (at := rng.randrange(self.seen)) < MOST_VIEWS and not self.views[at].is_introduction:
            self.views[at] = view
        if not self.first.info and instance.info:
            self.first = replace(self.first, info=instance.info)

    def individual(self) -> Individual:
        return replace(self.first, views=tuple(self.views))


@dataclass(slots=True)
class _Sample:
    """A sample in which everybody who was offered is as likely (reservoir sampling)."""

    most: int
    kept: list[Individual] = field(default_factory=list)
    offered: int = 0

    def offer(self, each: Individual, rng: Random) -> None:
        self.offered += 1
        if len(self.kept) < self.most:
            # At a random place: the list's beginning is a fair sample too.
            at = rng.randrange(self.offered)
            self.kept.append(each)
            self.kept[at], self.kept[-1] = self.kept[-1], self.kept[at]
        elif (at := rng.randrange(self.offered)) < self.most:
            self.kept[at] = each


def _view(scene: Scene, at: int) -> View:
    return View(scene.photo, scene.instances[at].box, scene.is_introduction)
