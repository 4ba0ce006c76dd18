"""The names in a generator's captions, right ones and wrong ones (paper, section 4.2).

All names of all photos are counted together: recall is the share of the concepts that are named,
precision the share of the names that are right. A name in a stranger's caption is a wrong one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rap_engine.evaluation.asker import Asker
from rap_engine.evaluation.asking import answers_to
from rap_engine.generate import Generator
from rap_engine.naming import fold
from rap_engine.retrieve.names import named_in


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption, the names that it should have and the names that it has, folded."""

    photo: str
    text: str
    expected: frozenset[str]
    said: frozenset[str]

    @property
    def is_right(self) -> bool:
        """Whether exactly the right names are in it."""
        return self.expected == self.said


@dataclass(frozen=True, slots=True)
class CaptionFigures:
    """Shares are 0..1, None where there was nothing to count.

    Attributes:
        photos, expected, said, hits: Captions, names that should be in them, names that are, and
            those of these that are right.
    """

    recall: float | None
    precision: float | None
    f1: float | None
    photos: int
    expected: int
    said: int
    hits: int
    mistakes: tuple[Caption, ...]

    def to_json(self) -> dict[str, Any]:
        """Return their JSON."""
        return {
            "recall": self.recall,
            "precision": self.precision,
            "f1": self.f1,
            "n": {
                "photos": self.photos,
                "expected": self.expected,
                "said": self.said,
                "hits": self.hits,
            },
            "mistakes": [
                {
                    "photo": m.photo,
                    "expected": sorted(m.expected),
                    "said": sorted(m.said),
                    "caption": m.text,
                }
                for m in self.mistakes
            ],
        }


def measure_captions(
    generator: Generator, asker: Asker, photos: Mapping[Path, Sequence[str]]
) -> list[Caption]:
    """Ask for a caption of each photo; `photos` has the keys of the concepts that each shows."""
    texts = answers_to(generator, (asker.caption(photo, keys) for photo, keys in photos.items()))
    names = {each: kept.told.name for each, kept in asker.gallery.concepts.items()}
    by_key = {kept.key: fold(kept.told.name) for kept in asker.gallery.concepts.values()}
    return [
        Caption(
            photo.name,
            text,
            frozenset(by_key[key] for key in keys),
            frozenset(fold(names[each]) for each in named_in(text, names)),
        )
        for (photo, keys), text in zip(photos.items(), texts, strict=True)
    ]


def count_names(captions: Sequence[Caption]) -> CaptionFigures:
    """Count the names of some captions together."""
    expected = sum(len(each.expected) for each in captions)
    said = sum(len(each.said) for each in captions)
    hits = sum(len(each.expected & each.said) for each in captions)
    return CaptionFigures(
        recall=_ratio(hits, expected),
        precision=_ratio(hits, said),
        f1=_ratio(2 * hits, expected + said),
        photos=len(captions),
        expected=expected,
        said=said,
        hits=hits,
        mistakes=tuple(each for each in captions if not each.is_right),
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
