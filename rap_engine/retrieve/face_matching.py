"""Who is in a photo by their faces, ranked together with what the general encoder says.

A concept that has face keys is, wherever a face shows, known by the face alone: the general encoder
sees clothes and walls too, and two friends before one wall are not one person. Beside a face it is
known by the rest only where the detector is sure of another person, who is seen from behind. In a
photo without any face it is known as everything else is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rap_engine.detect.coco import COCO_LABELS
from rap_engine.detect.regions import SURE_CONFIDENCE
from rap_engine.faces import Face
from rap_engine.memory.nearest import Neighbour
from rap_engine.retrieve.matching import Candidate
from rap_engine.types import Box, Region

PERSON: Final = "person"
"""The label of a region that a face makes for itself."""
_NO_PERSON: Final = frozenset(COCO_LABELS.values()) - {PERSON}
"""Labels of boxes that a face may lie in and is not what they show: the dog in somebody's arms, the
couch that they sit on."""
_HEAD_ROOM: Final = 0.3
"""Share of a face's side that is added at each end: hair and chin belong to a head."""


@dataclass(frozen=True, slots=True)
class FacesSeen:
    """The faces of a photo. `owners`: the region of each; `keys`: (faces, width)."""

    faces: tuple[Face, ...]
    owners: tuple[int, ...]
    keys: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FaceScale:
    """Maps a face's cosine onto the general encoder's scale: cutoff onto cutoff, 1 onto 1."""

    general_cutoff: float
    face_cutoff: float

    def score(self, cosine: float) -> float:
        """Return the score that ranks like a cosine of the general encoder, at least -1."""
        stretch = (1.0 - self.general_cutoff) / (1.0 - self.face_cutoff)
        return max(self.general_cutoff + (cosine - self.face_cutoff) * stretch, -1.0)


def place_faces(
    regions: Sequence[Region], faces: Sequence[Face]
) -> tuple[tuple[Region, ...], tuple[int, ...]]:
    """Say in which region each face is.

    Returns:
        The regions, with those that faces had to make for themselves at their end, and for each
        face the number of its region: the smallest detection around the face's centre that may
        be a person's.
    """
    placed = list(regions)
    owners = []
    for face in faces:
        around = [
            number
            for number, region in enumerate(regions)
            if _may_be_person(region) and _holds(region.box, face)
        ]
        if around:
            owners.append(min(around, key=lambda number: regions[number].box.area))
        else:
            placed.append(Region(_head(face.box), PERSON, face.confidence))
            owners.append(len(placed) - 1)
    return tuple(placed), tuple(owners)


def with_faces(
    regions: Sequence[Region],
    faces: Sequence[Face],
    general: Iterable[Candidate],
    by_face: Iterable[Candidate],
    known_by_face: Collection[int],
) -> list[Candidate]:
    """Return all candidates of a photo, faces having the word where they show.

    Args:
        regions: as `place_faces` returned them.
        faces: those of the photo, whether or not one of them is known.
        general: candidates of the general encoder.
        by_face: candidates of the face encoder, already on the general encoder's scale.
        known_by_face: the concepts that have face keys.
    """
    decides = {
        number for number, region in enumerate(regions) if not faces or _is_faceless(region, faces)
    }
    kept = [
        each for each in general if each.concept_id not in known_by_face or each.region in decides
    ]
    return [*kept, *by_face]


def face_candidates(
    near: Iterable[Neighbour], owners: Sequence[int], scale: FaceScale
) -> list[Candidate]:
    """Return the candidates that the nearest face keys make. `owners`: a face's region."""
    return [
        Candidate(owners[n.region], n.concept_id, n.view_id, scale.score(n.similarity))
        for n in near
    ]


def _is_faceless(region: Region, faces: Sequence[Face]) -> bool:
    """Say whether a region is a person, seen from behind."""
    is_person = _may_be_person(region) and region.confidence >= SURE_CONFIDENCE
    return is_person and not any(_holds(region.box, face) for face in faces)


def _may_be_person(region: Region) -> bool:
    return region.label is not None and region.label.casefold() not in _NO_PERSON


def _holds(box: Box, face: Face) -> bool:
    x, y = face.box.centre
    return box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2


def _head(face: Box) -> Box:
    x, y = _HEAD_ROOM * (face.x2 - face.x1), _HEAD_ROOM * (face.y2 - face.y1)
    return Box(
        max(face.x1 - x, 0.0), max(face.y1 - y, 0.0), min(face.x2 + x, 1.0), min(face.y2 + y, 1.0)
    )
