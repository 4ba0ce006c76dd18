"""Finds an encoder's cutoff from photos of known things, without labelled questions of any user.

Each thing is remembered from its first photo, as a person would. Then lists of up to ten things are
drawn at random, and the further photos of all things that are not in a list, look-alikes of those
that are among them, are strangers to it. The cutoff is the score that one stranger in twenty
reaches: the invariant is that a stranger is not given a name, so the rate of false names is what is
set, and the rate of right ones is what an encoder makes of it (as a biometric system's false match
rate is).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rap_engine import images
from rap_engine.evaluation.rap_format import BadDataset
from rap_engine.retrieve.retriever import Retriever
from rap_engine.stopwatch import Stopwatch

STRANGERS_NAMED = 0.05
MOST_CONCEPTS = 10
_LISTS = 4000
_SEED = 20241017
_FEWEST_THINGS = 5


class Thing(BaseModel):
    """Photos of one thing, relative to the file; it is introduced by the first."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    images: list[str] = Field(min_length=2)
    category: str = ""


@dataclass(frozen=True, slots=True)
class Trials:
    """Scores of all further photos with all things.

    Attributes:
        scores: (photos, things), cosine of the nearest pair of keys.
        truth: (photos,), the thing that each photo shows.
    """

    scores: NDArray[np.float32]
    truth: NDArray[np.int64]


def read_things(file: Path) -> dict[str, Thing]:
    """Read `{id: {"images": [...], "category": ...}}`.

    Raises:
        BadDataset: the file cannot be read, or holds too few things to calibrate on.
    """
    try:
        things = TypeAdapter(dict[str, Thing]).validate_python(json.loads(file.read_text("utf-8")))
    except OSError as error:
        raise BadDataset(f"{file}: {error.strerror}") from error
    except (ValueError, ValidationError) as error:
        raise BadDataset(f"{file}: {error}") from error
    if len(things) < _FEWEST_THINGS:
        raise BadDataset(f"{file}: {len(things)} things; at least {_FEWEST_THINGS} are needed")
    for photo in (file.parent / path for thing in things.values() for path in thing.images):
        if not photo.is_file():
            raise BadDataset(f"{photo}: no such photo")
    return things


def run_trials(
    retriever: Retriever, folder: Path, things: dict[str, Thing], progress: Callable[[str], None]
) -> Trials:
    """Remember each thing from its first photo and score all further photos."""
    keys = []
    for name, thing in things.items():
        first = images.open_photo((folder / thing.images[0]).read_bytes())
        keys.append(retriever.study(first, thing.category, "").keys)
        progress(f"remembered {name}")
    scores, truth = [], []
    for number, (name, thing) in enumerate(things.items()):
        for path in thing.images[1:]:
            photo = images.open_photo((folder / path).read_bytes())
            seen = retriever.perceive(photo, [], Stopwatch()).embeddings
            scores.append([float((seen @ each.T).max()) for each in keys])
            truth.append(number)
        progress(f"looked at {len(thing.images) - 1} photos of {name}")
    return Trials(np.array(scores, np.float32), np.array(truth, np.int64))


def choose_cutoff(trials: Trials) -> float:
    """Return the score that `STRANGERS_NAMED` of all strangers reach; every list counts alike."""
    chance = np.random.default_rng(_SEED)
    things = trials.scores.shape[1]
    drawn = [_strangers(trials, _draw(chance, things)) for _ in range(_LISTS)]
    scores = np.concatenate(drawn)
    weights = np.concatenate([np.full(len(each), 1 / len(each)) for each in drawn])
    order = np.argsort(-scores)
    named = np.cumsum(weights[order]) / weights.sum()
    return round(float(scores[order][np.searchsorted(named, STRANGERS_NAMED)]), 4)


def _draw(chance: np.random.Generator, things: int) -> NDArray[np.int64]:
    size = chance.integers(1, min(MOST_CONCEPTS, things - 1), endpoint=True)
    return chance.permutation(things)[:size]


def _strangers(trials: Trials, remembered: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the best score of each photo whose thing is not remembered."""
    strange = ~np.isin(trials.truth, remembered)
    best: NDArray[np.float32] = trials.scores[np.ix_(strange, remembered)].max(axis=1)
    return best
