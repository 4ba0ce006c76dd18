"""The face models and the face keys of some lists at work together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PIL import Image
from sqlalchemy.orm import Session

from rap_engine.faces import FaceReader
from rap_engine.memory.faces import concepts_with_face_keys
from rap_engine.memory.nearest import nearest_views
from rap_engine.retrieve.calibration import Calibration
from rap_engine.retrieve.face_matching import (
    FaceScale,
    FacesSeen,
    face_candidates,
    place_faces,
    with_faces,
)
from rap_engine.retrieve.matching import Candidate
from rap_engine.types import Region

_NEIGHBOURS = 8
"""Keys asked for by face: a view has one."""


@dataclass(frozen=True, slots=True)
class FaceMatcher:
    """Photo -> faces -> face keys -> candidates beside those of the general encoder."""

    reader: FaceReader
    scale: FaceScale

    def knows_anybody(self, session: Session, lists: Collection[int]) -> bool:
        """Say whether these lists have any face key, so that looking at faces can tell anything."""
        return bool(concepts_with_face_keys(session, lists, self.reader.encoder.name))

    def look(
        self, photo: Image.Image, regions: Sequence[Region]
    ) -> tuple[tuple[Region, ...], FacesSeen]:
        """Find and embed the faces of a photo; return the regions with those that faces add."""
        faces = self.reader.detector.detect(photo)
        placed, owners = place_faces(regions, faces)
        return placed, FacesSeen(faces, owners, self.reader.encoder.encode(photo, faces))

    def settle(
        self,
        session: Session,
        lists: Collection[int],
        regions: Sequence[Region],
        seen: FacesSeen,
        general: Sequence[Candidate],
    ) -> list[Candidate]:
        """Return all candidates of a photo, faces having the word where they show."""
        encoder = self.reader.encoder.name
        near = nearest_views(session, lists, encoder, seen.keys, _NEIGHBOURS)
        return with_faces(
            regions,
            seen.faces,
            general,
            face_candidates(near, seen.owners, self.scale),
            concepts_with_face_keys(session, lists, encoder),
        )


def matcher_of(reader: FaceReader, calibration: Calibration) -> FaceMatcher:
    """Return the matcher beside a general encoder of this calibration."""
    return FaceMatcher(reader, FaceScale(calibration.cutoff, reader.cutoff))
