"""Remember and Retrieve in memory: what an evaluation looks at once and asks about many times.

The parts are those of the engine (`Retriever`, `match`); only the nearest keys are found here
instead of by PostgreSQL, so that an adapter can be measured where there is no database.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rap_engine import images
from rap_engine.errors import BadPhoto
from rap_engine.evaluation.rap_format import BadDataset, Dataset
from rap_engine.profiles import Profile
from rap_engine.retrieve.matching import Candidate, best_candidates, match
from rap_engine.retrieve.retriever import Perception, Retriever
from rap_engine.stopwatch import Stopwatch
from rap_engine.transfer.rap_database import RapConcept
from rap_engine.types import Match, Reference, Region

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a profile's detector and encoder make of a photo.

    Attributes:
        regions: What the detector saw, the whole photo included.
        matches: Who is recognised, as in an answer: above the cutoff.
        likeliest: All concepts, the nearest first, each where it is nearest, cutoff or not.
    """

    regions: tuple[Region, ...]
    matches: tuple[Match, ...]
    likeliest: tuple[Match, ...]

    def recognised(self, concept_id: int) -> Match | None:
        """Return the match of a concept that is recognised."""
        return next((each for each in self.matches if each.concept_id == concept_id), None)

    def nearest(self, concept_id: int) -> Match:
        """Return where a concept is likeliest, however unlikely."""
        return next(each for each in self.likeliest if each.concept_id == concept_id)


@dataclass(frozen=True, slots=True)
class Kept:
    """A remembered concept: its key in the data set, what was told of it, its crop as JPEG."""

    key: str
    told: RapConcept
    crop: bytes

    def reference(self, concept_id: int, place: Match | None, *, with_info: bool) -> Reference:
        """Return it as generators are given it."""
        name, info = self.told.name, self.told.info if with_info else ""
        return Reference(concept_id, name, info, self.told.category, name, self.crop, place)


@dataclass(frozen=True, slots=True)
class Gallery:
    """Concepts by their ids, and photos that were looked at.

    `encoder` names the keys, `cutoff` is the one that matches had to reach.
    """

    concepts: dict[int, Kept]
    sights: dict[Path, Sight]
    detector: str
    encoder: str
    cutoff: float

    def id_of(self, key: str) -> int:
        """Return the id of a concept by its key in the data set."""
        return next(each for each, kept in self.concepts.items() if kept.key == key)


def look(profile: Profile, dataset: Dataset, photos: Iterable[Path], progress: Progress) -> Gallery:
    """Remember a data set's concepts, and look at photos for them.

    Raises:
        BadDataset: a photo cannot be read; names it.
    """
    retriever = Retriever(profile.detector, profile.encoder, profile.calibration)
    concepts: dict[int, Kept] = {}
    keys: dict[int, NDArray[np.float32]] = {}
    for number, (key, told) in enumerate(dataset.concepts.items(), start=1):
        photo = opened(dataset.references[key])
        view = retriever.study(photo, told.category, told.info)
        concepts[number] = Kept(key, told, images.view_jpeg(photo, view.box))
        keys[number] = _as_stored(view.keys)
    progress(f"remembered {len(concepts)} concepts")
    vocabulary = sorted({each.category for each in dataset.concepts.values() if each.category})
    cutoff = profile.calibration.cutoff
    sights = {
        path: _sight(retriever.perceive(opened(path), vocabulary, Stopwatch()), keys, cutoff)
        for path in photos
    }
    progress(f"looked at {len(sights)} photos")
    return Gallery(concepts, sights, profile.detector.name, profile.encoder.name, cutoff)


def opened(path: Path) -> Image.Image:
    """Open a photo of a data set.

    Raises:
        BadDataset: it cannot be read; names it.
    """
    with _told_of(path):
        return images.open_photo(path.read_bytes())


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    try:
        yield
    except BadPhoto as error:
        raise BadDataset(f"{path}: {error}") from error


def _as_stored(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return embeddings as the database compares them: halves, of unit length."""
    halves = embeddings.astype(np.float16).astype(np.float32)
    unit: NDArray[np.float32] = halves / np.linalg.norm(halves, axis=1, keepdims=True)
    return unit


def _sight(perception: Perception, keys: dict[int, NDArray[np.float32]], cutoff: float) -> Sight:
    candidates = _candidates(perception, keys)
    nearest = {each.concept_id: each for each in reversed(best_candidates(candidates))}
    return Sight(
        perception.regions,
        match(perception.regions, candidates, cutoff),
        tuple(_placed(perception.regions, each) for each in _surest_first(nearest.values())),
    )


def _candidates(perception: Perception, keys: dict[int, NDArray[np.float32]]) -> list[Candidate]:
    seen = _as_stored(perception.embeddings)
    return [
        Candidate(perception.owners[crop], concept_id, concept_id, float(score))
        for concept_id, own in keys.items()
        for crop, score in enumerate((seen @ own.T).max(axis=1))
    ]


def _surest_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda each: -each.score)


def _placed(regions: Sequence[Region], candidate: Candidate) -> Match:
    region = regions[candidate.region]
    return Match(region, candidate.concept_id, candidate.view_id, candidate.score)
