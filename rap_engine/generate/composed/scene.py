"""What the evidence says is in a photo: known concepts with their places, and strangers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rap_engine.generate.composed import sentences
from rap_engine.generate.protocol import GenerationRequest
from rap_engine.naming import fold
from rap_engine.types import Box, Match, Reference, Region

# A score in the lowest fifth between the cutoff and 1 is recognised with "I think".
DOUBTFUL_SHARE: Final = 0.2
# Open-vocabulary detectors report boxes they hardly believe in; those are not talked about.
STRANGER_CONFIDENCE: Final = 0.3
# Two boxes that share this much are one thing that was seen twice.
SAME_THING_IOU: Final = 0.5
# A box of the same kind that lies inside another by this share of itself is a part of it.
PART_OF_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Known:
    """A concept as answers speak of it. `box` is None when no place in a photo is known."""

    reference: Reference
    shown_name: str
    is_seen: bool
    is_sure: bool
    box: Box | None


@dataclass(frozen=True, slots=True)
class Scene:
    """All that an answer may say about who is there.

    `concepts` are in the order of the references, `strangers` from left to right.
    """

    concepts: tuple[Known, ...]
    strangers: tuple[Region, ...]

    @property
    def seen(self) -> tuple[Known, ...]:
        """The concepts that the photo shows, from left to right."""
        seen = [known for known in self.concepts if known.is_seen]
        return tuple(sorted(seen, key=lambda known: known.box.centre[0] if known.box else 0.0))

    @property
    def is_crowd(self) -> bool:
        """Whether the photo shows more than one."""
        return len(self.seen) + len(self.strangers) > 1

    @property
    def unseen(self) -> tuple[Known, ...]:
        """The concepts that the photo does not show."""
        return tuple(known for known in self.concepts if not known.is_seen)


def read_scene(request: GenerationRequest) -> Scene:
    """Sort a request's evidence into concepts and strangers."""
    references = _each_once(request.references)
    if request.photo is None:
        return Scene(tuple(_known(one, None, 0.0) for one in references), ())
    concepts = tuple(_known(one, one.match, request.cutoff) for one in references)
    return Scene(concepts, _strangers(request.regions, references))


def _each_once(references: Sequence[Reference]) -> tuple[Reference, ...]:
    once: dict[int, Reference] = {}
    for reference in references:
        kept = once.get(reference.concept_id)
        if kept is None or kept.match is None:
            once[reference.concept_id] = reference
    return tuple(once.values())


def _known(reference: Reference, match: Match | None, cutoff: float) -> Known:
    is_located = match is not None and not match.region.is_whole
    return Known(
        reference,
        reference.shown_name,
        is_seen=match is not None,
        is_sure=match is not None and match.score >= cutoff + DOUBTFUL_SHARE * (1.0 - cutoff),
        box=match.region.box if match is not None and is_located else None,
    )


def _strangers(regions: Iterable[Region], references: Sequence[Reference]) -> tuple[Region, ...]:
    candidates = [
        region
        for region in regions
        if region.is_detection and region.confidence >= STRANGER_CONFIDENCE
    ]
    candidates.sort(key=lambda region: -region.confidence)
    explained = [
        one.match.region for one in references if one.match and not one.match.region.is_whole
    ]
    for reference in references:
        if reference.match is not None and reference.match.region.is_whole:
            explained += _seen_as_whole(reference, candidates, explained)
    strangers: list[Region] = []
    for region in candidates:
        if not any(_same_thing(region, other) for other in (*explained, *strangers)):
            strangers.append(region)
    return tuple(sorted(strangers, key=lambda region: region.box.centre[0]))


def _seen_as_whole(
    reference: Reference, candidates: Sequence[Region], explained: Sequence[Region]
) -> list[Region]:
    """Return the detection that is the concept recognised in the whole photo, if any is.

    The photo that looks like Biscuit as a whole has Biscuit's box among its detections,
    too poor to be recognised by itself; it would be a stranger beside Biscuit.
    """
    free = [
        region
        for region in candidates
        if not any(_same_thing(region, other) for other in explained)
    ]
    likeliest = max(
        free,
        key=lambda region: (_is_kind(region, reference.category), region.box.area),
        default=None,
    )
    return [likeliest] if likeliest else []


def _is_kind(region: Region, category: str) -> bool:
    return fold(region.label or "") == fold(category)


def _same_thing(one: Region, other: Region) -> bool:
    if one.box.iou(other.box) >= SAME_THING_IOU:
        return True
    smaller = min(one.box.area, other.box.area)
    is_part = one.box.overlap(other.box) >= PART_OF_SHARE * smaller
    return is_part and one.label == other.label


def count_kinds(strangers: Sequence[Region]) -> str:
    """Return the strangers in words: "a dog and two cats"."""
    kinds = Counter(region.label or "" for region in strangers)
    return sentences.both([sentences.counted(kind, count) for kind, count in kinds.items()])
