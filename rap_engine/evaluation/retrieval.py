"""Retrieval on labelled photos: through the real database and the engine that answers.

recall at K: share of photos whose concept is among the K best ranked, cutoff or not.
positive: share of photos in which exactly the right concepts are named.
negative: share of strangers' photos in which nobody is named.
pairs: share of two-part photos with exactly the right names on the right sides.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from rap_engine.engine import Engine
from rap_engine.errors import BadPhoto, NameTaken
from rap_engine.evaluation.rap_format import BadDataset, Dataset, PairPhoto
from rap_engine.exchange import Introduction
from rap_engine.memory import Actor, ConceptList, Database, User
from rap_engine.memory.people import active_list, ensure_user
from rap_engine.types import Recognition

RECALL_AT = (1, 2, 5)
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A photo in which not exactly the right concepts were named."""

    photo: str
    expected: tuple[str, ...]
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """Shares are 0..1; None where no photo of that kind was given."""

    recall: dict[int, float | None]
    positive: float | None
    negative: float | None
    mean: float | None
    pairs: float | None
    n: dict[str, int]
    profile: str
    cutoff: float
    mistakes: tuple[Mistake, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report's JSON."""
        return {
            "recall": {str(k): value for k, value in self.recall.items()},
            "positive": self.positive,
            "negative": self.negative,
            "mean": self.mean,
            "pairs": self.pairs,
            "n": self.n,
            "profile": self.profile,
            "cutoff": self.cutoff,
            "mistakes": [
                {"photo": m.photo, "expected": list(m.expected), "named": list(m.named)}
                for m in self.mistakes
            ],
        }


def evaluate_retrieval(
    database: Database, engine: Engine, dataset: Dataset, progress: Progress
) -> RetrievalReport:
    """Remember the dataset's concepts for a person of its own, ask, and erase all of it again."""
    with _guest(database) as user_id:
        keys = _remember(database, engine, user_id, dataset, progress)
        seen = {
            photo: _recognise(engine, user_id, photo, progress)
            for photo in [*dataset.queries, *dataset.strangers, *dataset.pairs]
        }
    return _Scorer(dataset, keys, seen).report(engine)


@contextmanager
def _guest(database: Database) -> Iterator[int]:
    with database.transaction() as session:
        user_id = ensure_user(session, "console", f"evaluation-{uuid.uuid4()}")
        list_id = active_list(session, Actor(user_id))
    try:
        yield user_id
    finally:
        with database.transaction() as session:
            session.execute(delete(ConceptList).where(ConceptList.id == list_id))
            session.execute(delete(User).where(User.id == user_id))


def _remember(
    database: Database, engine: Engine, user_id: int, dataset: Dataset, progress: Progress
) -> dict[int, str]:
    """Return the dataset's key of each concept id."""
    keys: dict[int, str] = {}
    for key, concept in dataset.concepts.items():
        introduction = Introduction(
            name=concept.name,
            info=concept.info,
            category=concept.category,
            photo=dataset.references[key].read_bytes(),
        )
        with _told_of(f"{key} in {dataset.references[key]}"), database.transaction() as session:
            remembered = engine.remember(session, Actor(user_id), introduction)
        keys[remembered.concept_id] = key
        progress(f"remembered {key}")
    return keys


def _recognise(engine: Engine, user_id: int, photo: Path, progress: Progress) -> Recognition:
    with _told_of(str(photo)):
        recognition = engine.recognise(user_id, photo.read_bytes())
    progress(f"looked at {photo.name}")
    return recognition


@contextmanager
def _told_of(what: str) -> Iterator[None]:
    """Say which part of the dataset cannot be used."""
    try:
        yield
    except (BadPhoto, NameTaken) as error:
        raise BadDataset(f"{what}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Scorer:
    dataset: Dataset
    keys: dict[int, str]
    seen: dict[Path, Recognition]

    def report(self, engine: Engine) -> RetrievalReport:
        made_by = engine.provenance()
        expected: dict[Path, tuple[str, ...]] = {
            **self.dataset.queries,
            **dict.fromkeys(self.dataset.strangers, ()),
        }
        right = {photo: self._named(photo) == set(keys) for photo, keys in expected.items()}
        sides = {photo: self._on_sides(photo, pair) for photo, pair in self.dataset.pairs.items()}
        positive = _share([right[photo] for photo in self.dataset.queries])
        negative = _share([right[photo] for photo in self.dataset.strangers])
        return RetrievalReport(
            recall={k: self._recall(k) for k in RECALL_AT},
            positive=positive,
            negative=negative,
            mean=_mean(positive, negative),
            pairs=_share(list(sides.values())),
            n={
                "concepts": len(self.dataset.concepts),
                "queries": len(self.dataset.queries),
                "strangers": len(self.dataset.strangers),
                "pairs": len(self.dataset.pairs),
            },
            profile=made_by.profile,
            cutoff=made_by.cutoff,
            mistakes=(
                *(self._mistake(p, keys) for p, keys in expected.items() if not right[p]),
                *(
                    self._mistake(p, tuple(key or "a stranger" for key in pair.concepts))
                    for p, pair in self.dataset.pairs.items()
                    if not sides[p]
                ),
            ),
        )

    def _named(self, photo: Path) -> set[str]:
        return {self.keys[match.concept_id] for match in self.seen[photo].matches}

    def _recall(self, k: int) -> float | None:
        found = [
            set(keys) <= {self.keys[each] for each in self.seen[photo].ranking[:k]}
            for photo, keys in self.dataset.queries.items()
        ]
        return _share(found)

    def _on_sides(self, photo: Path, pair: PairPhoto) -> bool:
        named: tuple[list[str], list[str]] = ([], [])
        for match in self.seen[photo].matches:
            on_the_right = match.region.box.centre[0] >= pair.split
            named[on_the_right].append(self.keys[match.concept_id])
        left, right = ([key] if key else [] for key in pair.concepts)
        return named == (left, right)

    def _mistake(self, photo: Path, expected: tuple[str, ...]) -> Mistake:
        return Mistake(photo.name, expected, tuple(sorted(self._named(photo))))


def _share(hits: list[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


def _mean(positive: float | None, negative: float | None) -> float | None:
    return None if positive is None or negative is None else (positive + negative) / 2
