"""Who is in a photo: from the nearest views of its regions to matches.

A region shows one concept, a concept is in one region, and below the cutoff a region is a stranger.
The paper gives every region a name; a cutoff is what its reference code lacks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rap_engine.types import Match, Region

SAME_PLACE_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A concept that a region may show. `score` is the cosine with the concept's nearest key."""

    region: int
    concept_id: int
    view_id: int
    score: float


def best_candidates(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the best candidate of each region and concept, surest first."""
    best: dict[tuple[int, int], Candidate] = {}
    for candidate in candidates:
        place = candidate.region, candidate.concept_id
        if place not in best or candidate.score > best[place].score:
            best[place] = candidate
    return sorted(best.values(), key=lambda each: -each.score)


def match(
    regions: Sequence[Region], candidates: Sequence[Candidate], cutoff: float
) -> tuple[Match, ...]:
    """Give regions their concepts, surest first.

    The whole photo, where it is surest, says who is there and not where: a detection that shows
    the same concept above the cutoff says both, and takes its place.
    """
    matches: list[Match] = []
    known = [each for each in best_candidates(candidates) if each.score >= cutoff]
    for candidate in known:
        region = regions[candidate.region]
        if all(_may_stand_beside(candidate, region, other) for other in matches):
            place = _placed(regions, known, candidate)
            matches.append(Match(place, candidate.concept_id, candidate.view_id, candidate.score))
    return tuple(matches)


def ranking(candidates: Sequence[Candidate]) -> tuple[int, ...]:
    """Return all concepts that are near to a region, best first, whatever the cutoff."""
    return tuple(dict.fromkeys(each.concept_id for each in best_candidates(candidates)))


def _may_stand_beside(candidate: Candidate, region: Region, other: Match) -> bool:
    if candidate.concept_id == other.concept_id:
        return False
    # Two names for one place: the surer one stands. The whole photo is the place of all.
    if region.is_whole or other.region.is_whole:
        return False
    return region.box.iou(other.region.box) <= SAME_PLACE_IOU


def _placed(regions: Sequence[Region], known: Sequence[Candidate], candidate: Candidate) -> Region:
    region = regions[candidate.region]
    if not region.is_whole:
        return region
    places = (
        regions[each.region]
        for each in known
        if each.concept_id == candidate.concept_id and not regions[each.region].is_whole
    )
    return next(places, region)
