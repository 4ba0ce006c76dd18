"""Whether a generator says yes when somebody is there, and no when not (paper, section 4.3).

positive: share of yes to the concepts that photos show; negative: share of no to others. An answer
that says neither is wrong. The mean of both is .5 for one that always says the same.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from rap_engine.evaluation.asker import Asker
from rap_engine.evaluation.asking import answers_to, log_odds_of
from rap_engine.evaluation.gallery import Gallery
from rap_engine.evaluation.rap_format import Dataset
from rap_engine.evaluation.shares import finite, mean, share
from rap_engine.generate import Generator, Verifier

_YES_OR_NO: Final = re.compile(r"\b(yes|no)\b", re.IGNORECASE)
_NEAREST_TO_STRANGERS: Final = 2


@dataclass(frozen=True, slots=True)
class Trial:
    """A concept that is looked for in a photo, and whether the photo shows it."""

    photo: Path
    concept_id: int
    is_there: bool


@dataclass(frozen=True, slots=True)
class WrongRecognition:
    """A question whose answer was wrong; `said` is the answer's words."""

    photo: str
    concept: str
    is_there: bool
    said: str


@dataclass(frozen=True, slots=True)
class RecognitionFigures:
    """Shares are 0..1, None where nothing of the kind was asked.

    Attributes:
        auc: Of the log odds of yes: chance that a question of yes has higher ones than a question
            of no. None where the generator gives none, NaN where some are no numbers.
        unclear: Answers that said neither yes nor no.
        not_numbers: Log odds that are no numbers: the model is broken.
    """

    positive: float | None
    negative: float | None
    mean: float | None
    auc: float | None
    positives: int
    negatives: int
    unclear: int
    not_numbers: int
    mistakes: tuple[WrongRecognition, ...]

    def to_json(self) -> dict[str, Any]:
        """Return their JSON."""
        return {
            "positive": self.positive,
            "negative": self.negative,
            "mean": self.mean,
            "auc": finite(self.auc),
            "n": {"positive": self.positives, "negative": self.negatives},
            "unclear": self.unclear,
            "not_numbers": self.not_numbers,
            "mistakes": [
                {"photo": m.photo, "concept": m.concept, "is_there": m.is_there, "said": m.said}
                for m in self.mistakes
            ],
        }


def trials_of(gallery: Gallery, dataset: Dataset, seed: int) -> tuple[Trial, ...]:
    """Return who is looked for where.

    In a photo of concepts: each of them, the nearest other one, and one of the rest drawn by the
    seed. In a stranger's photo: the nearest two.
    """
    trials: list[Trial] = []
    for number, (photo, keys) in enumerate(dataset.queries.items()):
        right = [gallery.id_of(key) for key in keys]
        wrong = [each for each in _ranking(gallery, photo) if each not in right]
        trials += [Trial(photo, each, is_there=True) for each in right]
        trials += [Trial(photo, each, is_there=False) for each in _two_of(wrong, [seed, number])]
    for photo in dataset.strangers:
        nearest = _ranking(gallery, photo)[:_NEAREST_TO_STRANGERS]
        trials += [Trial(photo, each, is_there=False) for each in nearest]
    return tuple(trials)


def measure_recognition(
    generator: Generator, asker: Asker, trials: Sequence[Trial]
) -> RecognitionFigures:
    """Ask all questions, and for the log odds of yes where the generator gives them."""
    said = answers_to(
        generator, (asker.recognition(each.photo, each.concept_id, generator) for each in trials)
    )
    odds = (
        log_odds_of(generator, (asker.pair(each.photo, each.concept_id) for each in trials))
        if isinstance(generator, Verifier)
        else None
    )
    heard = [says_yes(words) for words in said]
    right = [answer is each.is_there for answer, each in zip(heard, trials, strict=True)]
    positive = share(
        [is_right for is_right, each in zip(right, trials, strict=True) if each.is_there]
    )
    negative = share(
        [is_right for is_right, each in zip(right, trials, strict=True) if not each.is_there]
    )
    return RecognitionFigures(
        positive=positive,
        negative=negative,
        mean=mean(positive, negative),
        auc=None if odds is None else auc(odds, [each.is_there for each in trials]),
        positives=sum(each.is_there for each in trials),
        negatives=sum(not each.is_there for each in trials),
        unclear=heard.count(None),
        not_numbers=sum(map(math.isnan, odds or ())),
        mistakes=tuple(
            WrongRecognition(
                each.photo.name,
                asker.gallery.concepts[each.concept_id].key,
                each.is_there,
                words,
            )
            for each, words, is_right in zip(trials, said, right, strict=True)
            if not is_right
        ),
    )


def says_yes(words: str) -> bool | None:
    """Return what an answer says first: yes or no; None for neither."""
    found = _YES_OR_NO.search(words)
    return None if found is None else found[1].casefold() == "yes"


def auc(scores: Sequence[float], is_positive: Sequence[bool]) -> float | None:
    """Return the chance that a positive scores above a negative, a tie counting half.

    None where there are not both kinds, NaN where a score is no number.
    """
    if any(map(math.isnan, scores)):
        return math.nan
    of_both = np.array(scores, np.float64)
    kinds = np.array(is_positive, bool)
    positive, negative = of_both[kinds][:, None], of_both[~kinds][None, :]
    if not positive.size or not negative.size:
        return None
    return float(np.mean((positive > negative) + 0.5 * (positive == negative)))


def _ranking(gallery: Gallery, photo: Path) -> list[int]:
    return [each.concept_id for each in gallery.sights[photo].likeliest]


def _two_of(wrong: Sequence[int], seed: Sequence[int]) -> list[int]:
    """Return the first, and one of the others."""
    if len(wrong) <= 1:
        return list(wrong)
    drawn = int(np.random.default_rng(list(seed)).integers(1, len(wrong)))
    return [wrong[0], wrong[drawn]]
