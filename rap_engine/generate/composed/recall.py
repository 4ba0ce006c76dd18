"""Finding the sentence of an info that answers a question."""

import re
from dataclasses import dataclass
from math import ceil
from typing import Final

from rap_engine.generate.question import Question
from rap_engine.generate.vocabulary import WEAK, stems_of
from rap_engine.naming import fold

_SENTENCE_END: Final = re.compile(r"(?<=[.!?…;])\s+|(?<=[\u3002\uff01\uff1f])")
_ABBREVIATION: Final = re.compile(
    r"(?:^|\s)(?:mr|mrs|ms|dr|st|no|vs|e\.g|i\.e|ca|approx|\w)\.$", re.I
)
# Of up to two topics each must be there; of more, this share.
_ALL_NEEDED_UP_TO: Final = 2
_NEEDED_SHARE: Final = 2 / 3


@dataclass(frozen=True, slots=True)
class Recalled:
    """A sentence of an info. `answers` is False where it is only the nearest there is."""

    sentence: str
    answers: bool


def sentences_of(info: str) -> list[str]:
    """Return the sentences of an info, in order; joined by spaces they are the info."""
    found: list[str] = []
    for piece in _SENTENCE_END.split(info):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] = f"{found[-1]} {piece}"
        elif piece.strip():
            found.append(piece.strip())
    return found


def recall(info: str, question: Question) -> Recalled | None:
    """Return the sentence that answers the question, else the nearest, None if none is near."""
    best = max(
        (_Overlap.of(sentence, question) for sentence in sentences_of(info)),
        key=lambda overlap: (overlap.answers, overlap.topics, overlap.has_cue),
        default=None,
    )
    if best is None or not (best.answers or best.topics):
        return None
    return Recalled(best.sentence, best.answers)


def shorten(info: str, limit: int) -> str:
    """Return as many whole sentences as fit the limit, at least the start of the first."""
    kept = ""
    for sentence in sentences_of(info):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > limit:
            break
        kept = longer
    return kept or _cut(info, limit)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    whole_words = head.rpartition(" ")[0]
    return f"{whole_words or head}…"


@dataclass(frozen=True, slots=True)
class _Overlap:
    """How far a sentence meets a question."""

    sentence: str
    answers: bool
    topics: int
    has_cue: bool

    @classmethod
    def of(cls, sentence: str, question: Question) -> "_Overlap":
        folded = fold(sentence)
        stems = stems_of(folded)
        strong = question.topics - WEAK
        met = len(strong & stems)
        has_cue = question.cue is None or question.cue.answers.search(folded) is not None
        asks_anything = bool(question.topics) or question.cue is not None
        return cls(
            sentence,
            answers=asks_anything
            and has_cue
            and met >= _needed(len(strong))
            and (bool(strong) or question.topics <= stems),
            topics=len(question.topics & stems),
            has_cue=has_cue,
        )


def _needed(count: int) -> int:
    return count if count <= _ALL_NEEDED_UP_TO else ceil(_NEEDED_SHARE * count)
