"""The two face models of a process, loaded only where the operator has turned face keys on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from config import Settings
from rap_engine.errors import WeightsMissing
from rap_engine.faces.face import main_face
from rap_engine.faces.protocol import FaceDetector, FaceEncoder


@dataclass(frozen=True, slots=True)
class FaceReader:
    """Detector, encoder, and the cosine from which two faces are one person's."""

    detector: FaceDetector
    encoder: FaceEncoder
    cutoff: float

    def shows_one_face(self, view: Image.Image) -> bool:
        """Say whether a view is of one face plainly. Nothing is computed of the face."""
        return main_face(self.detector.detect(view)) is not None

    def key_of(self, view: Image.Image) -> NDArray[np.float32] | None:
        """Return the key (width,) of the face that a view is of, None where that is not plain."""
        face = main_face(self.detector.detect(view))
        if face is None:
            return None
        key: NDArray[np.float32] = self.encoder.encode(view, [face])[0]
        return key


def load_face_reader(settings: Settings) -> FaceReader | None:
    """Load the face models, or return None where the operator has not turned face keys on.

    Raises:
        WeightsError: their packages are missing, or model files are not the pinned ones.
    """
    if not settings.face_keys:
        return None
    try:
        from rap_engine.faces.sface import DOCUMENTED_CUTOFF, SFaceEncoder  # noqa: PLC0415
        from rap_engine.faces.yunet import YunetDetector  # noqa: PLC0415
    except ImportError as error:
        raise WeightsMissing(
            f"Face keys need the package {error.name}. Run `scripts/setup starter`,"
            " or set RAPBOT_FACE_KEYS=false."
        ) from error
    return FaceReader(YunetDetector(), SFaceEncoder(), DOCUMENTED_CUTOFF)
