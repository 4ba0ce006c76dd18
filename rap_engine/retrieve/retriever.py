"""Detector, encoder and memory at work together: Retrieve."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy.orm import Session

from rap_engine.detect import Detector, propose
from rap_engine.encode import Encoder
from rap_engine.memory.nearest import nearest_views
from rap_engine.retrieve.calibration import Calibration
from rap_engine.retrieve.crops import crop, crops_of, padded
from rap_engine.retrieve.face_matcher import FaceMatcher
from rap_engine.retrieve.face_matching import FacesSeen
from rap_engine.retrieve.matching import Candidate, match, ranking
from rap_engine.retrieve.study import images_of, pick_region
from rap_engine.stopwatch import Stopwatch
from rap_engine.types import Box, Recognition, Region

_NEIGHBOURS = 24
"""Keys asked for by region. A view has two keys and a concept may have several views, so that this
many keys hold at least a handful of concepts."""


@dataclass(frozen=True, slots=True)
class Perception:
    """What a photo shows. `embeddings`: (crops, width), each of the region that `owners` names.

    `faces` is None where nobody looked for faces.
    """

    regions: tuple[Region, ...]
    owners: tuple[int, ...]
    embeddings: NDArray[np.float32]
    faces: FacesSeen | None = None

    @classmethod
    def nothing(cls) -> "Perception":
        """Return what is seen without a photo."""
        return cls((), (), np.empty((0, 0), np.float32))


@dataclass(frozen=True, slots=True)
class StudiedView:
    """A view about to be remembered. `keys`: (2, width): the concept's crop, and all around it."""

    box: Box
    label: str | None
    keys: NDArray[np.float32]


class Retriever:
    """Photo -> regions -> embeddings -> nearest views -> matches."""

    def __init__(
        self,
        detector: Detector,
        encoder: Encoder,
        calibration: Calibration,
        faces: FaceMatcher | None = None,
    ) -> None:
        self._detector = detector
        self._encoder = encoder
        self._calibration = calibration
        self._faces = faces

    def study(self, photo: Image.Image, category: str, info: str) -> StudiedView:
        """Find the concept that a photo introduces, and its keys."""
        regions = propose(self._detector, photo, [category] if category else [])
        region = pick_region(regions, category, info)
        crops = images_of(crop(photo, region), photo if region.is_detection else None)
        box = padded(region.box) if region.is_detection else region.box
        return StudiedView(box, region.label, self._encoder.encode(crops))

    @property
    def reads_faces(self) -> bool:
        """Whether it has the models for faces."""
        return self._faces is not None

    def knows_faces(self, session: Session, lists: Collection[int]) -> bool:
        """Say whether these lists have face keys, and this retriever the models for them."""
        return self._faces is not None and self._faces.knows_anybody(session, lists)

    def perceive(
        self,
        photo: Image.Image,
        vocabulary: Sequence[str],
        watch: Stopwatch,
        *,
        with_faces: bool = False,
    ) -> Perception:
        """Find regions and embed them all in one batch; find and embed faces only if told to."""
        with watch.measure("detect"):
            regions = propose(self._detector, photo, vocabulary)
        with watch.measure("encode"):
            crops = crops_of(photo, regions)
            embeddings = self._encoder.encode([each.image for each in crops])
        owners = tuple(each.region for each in crops)
        if self._faces is None or not with_faces:
            return Perception(regions, owners, embeddings)
        with watch.measure("faces"):
            regions, faces = self._faces.look(photo, regions)
        return Perception(regions, owners, embeddings, faces)

    def retrieve(
        self, session: Session, lists: Collection[int], perception: Perception
    ) -> Recognition:
        """Say who is in a photo, among the concepts of these lists."""
        near = nearest_views(session, lists, self._encoder.name, perception.embeddings, _NEIGHBOURS)
        candidates = [
            Candidate(perception.owners[n.region], n.concept_id, n.view_id, n.similarity)
            for n in near
        ]
        if self._faces is not None and perception.faces is not None:
            candidates = self._faces.settle(
                session, lists, perception.regions, perception.faces, candidates
            )
        return Recognition(
            matches=match(perception.regions, candidates, self._calibration.cutoff),
            ranking=ranking(candidates),
        )
