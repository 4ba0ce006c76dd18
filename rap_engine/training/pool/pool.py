"""All individuals of a run's sources: other views of each, and those that negatives come from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rap_engine.training.scene import Scene
from rap_engine.types import Box

_LEAST_AREA: Final = 0.002
_A_COPY: Final = 0.985
"""Cosine from which two crops are one: data sets share photos under other names."""

Embeddings = NDArray[np.float32]
"""(crops, width), unit length."""


@dataclass(frozen=True, slots=True)
class View:
    """Where an individual can be seen."""

    photo: Path
    box: Box
    is_introduction: bool = False


@dataclass(frozen=True, slots=True)
class Individual:
    """Somebody whom records tell of. `key` names it among all sources; `views` has one at least."""

    key: str
    category: str
    name: str
    info: str
    phrases: tuple[str, ...]
    views: tuple[View, ...]

    @property
    def first_view(self) -> View:
        """The view that it is known by: its introduction, if it has one."""
        return next((view for view in self.views if view.is_introduction), self.views[0])


def individual_of(source: str, scene: Scene, at: int) -> Individual:
    """Return an instance of a scene by itself, as if it were in no other photo."""
    instance = scene.instances[at]
    return Individual(
        key=key_of(source, scene, at),
        category=instance.category,
        name=instance.name,
        info=instance.info,
        phrases=instance.phrases,
        views=(View(scene.photo, instance.box, scene.is_introduction),),
    )


def key_of(source: str, scene: Scene, at: int) -> str:
    """Return what names an instance's individual; without an identity it is in no other photo."""
    identity = scene.instances[at].identity
    return f"{source}/{scene.id}#{at}" if identity is None else f"{source}:{identity}"


def usable(scene: Scene) -> tuple[int, ...]:
    """Return the instances of which a crop shows something, each identity once and only once."""
    identities = [each.identity for each in scene.instances]
    return tuple(
        at
        for at, each in enumerate(scene.instances)
        if each.box.area >= _LEAST_AREA
        and (each.identity is None or identities.count(each.identity) == 1)
    )


@dataclass(frozen=True, slots=True)
class Pool:
    """Everybody known.

    Attributes:
        known: Individuals with an identity, by key, with a few views each.
        sampled: Those that negatives are drawn from.
        keys: Embeddings of the sampled ones' first views, (sampled, width), float16; None without
            an encoder.
    """

    known: dict[str, Individual]
    sampled: tuple[Individual, ...]
    keys: NDArray[np.float16] | None = None
    _rows: dict[str, int] = field(default_factory=dict)
    _by_photo: dict[Path, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        known: dict[str, Individual],
        sampled: Sequence[Individual],
        keys: Embeddings | None = None,
    ) -> "Pool":
        """Return a pool; `keys` are rounded to what is kept."""
        rows = {each.key: row for row, each in enumerate(sampled)}
        halved = None if keys is None else keys.astype(np.float16)
        return cls(known, tuple(sampled), halved, rows, _keys_by_photo(sampled))

    def seen_in(self, photo: Path) -> frozenset[str]:
        """Return the keys of the sampled individuals that a photo is known to show.

        Two data sets may annotate one photo, each in its own way.
        """
        return self._by_photo.get(photo, frozenset())

    def embedding_of(self, key: str) -> Embeddings | None:
        """Return a sampled individual's embedding, (width,); None for all others."""
        row = self._rows.get(key)
        return None if row is None or self.keys is None else self.keys[row].astype(np.float32)

    def others(self, excluded: Collection[str]) -> list[Individual]:
        """Return the sampled individuals that are not excluded."""
        return [each for each in self.sampled if each.key not in excluded]

    def nearest(
        self, embedding: Embeddings, count: int, excluded: Collection[str]
    ) -> list[Individual]:
        """Return the sampled individuals nearest to an embedding (width,), the nearest first.

        Crops so alike that they are of one photo are passed over.
        """
        if self.keys is None:
            return []
        scores = self.keys.astype(np.float32) @ embedding
        found: list[Individual] = []
        for row in np.argsort(-scores, kind="stable"):
            if len(found) == count:
                break
            each = self.sampled[row]
            if each.key not in excluded and scores[row] < _A_COPY:
                found.append(each)
        return found


def _keys_by_photo(sampled: Sequence[Individual]) -> dict[Path, frozenset[str]]:
    keys: dict[Path, set[str]] = {}
    for each in sampled:
        for view in each.views:
            keys.setdefault(view.photo, set()).add(each.key)
    return {photo: frozenset(found) for photo, found in keys.items()}
