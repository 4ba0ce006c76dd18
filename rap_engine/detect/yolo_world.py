"""The detector of the paper: YOLO-World, which looks for the words that it is given."""

import re
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from rap_engine.detect.regions import LEAST_CONFIDENCE
from rap_engine.detect.text_tower import TextTower
from rap_engine.detect.ultralytics_library import LetterBox, WorldModel, scale_boxes, xywh2xyxy
from rap_engine.detect.vocabulary import vocabulary_of
from rap_engine.errors import WeightsError
from rap_engine.torch_runtime import (
    device_of,
    fill,
    memory_guarded,
    read_tensors,
)
from rap_engine.types import Box, Region

_ARCHITECTURE = re.compile(r"yolov8[nsmlx]-worldv2")
_SIDE_PX = 640
_SAME_WORD_IOU = 0.7
"""ultralytics' own; what different words overlap is left to `propose`."""
_MOST_CANDIDATES = 1000
_MOST_DETECTIONS = 100


class YoloWorldDetector:
    """Looks for a person's categories, and for what people photograph anyhow.

    The words are an argument of every call down to the head of the model, so that those of one
    person's lists never reach another's photo.

    Args:
        model: ultralytics' name of the architecture, such as `yolov8x-worldv2`.
        weights: folder with `model.safetensors`, named as `WorldModel.state_dict()` is.
        text_tower: folder with CLIP ViT-B/32 in open_clip's hub layout.
        device: a setting's: `auto`, `cpu`, `cuda` or `cuda:N`.

    Raises:
        WeightsError: files are missing, or not those of such models.
    """

    def __init__(self, *, model: str, weights: Path, text_tower: Path, device: str) -> None:
        self.name = model
        self._device = device_of(device)
        # Not bfloat16: its 8 digits would place the far edge of a photo to 4 px.
        self._precision = torch.float32 if self._device.type == "cpu" else torch.float16
        self._model = _load(model, weights).to(self._device, self._precision)
        self._words = TextTower(text_tower, self._device)
        self._lock = Lock()

    def detect(self, photo: Image.Image, vocabulary: Sequence[str]) -> list[Region]:
        """Return detections of at least 0.1 confidence, surest first.

        Args:
            photo: upright.
            vocabulary: categories of the lists that its sender sees.

        Raises:
            OutOfMemory: the device has no room for it.
        """
        words = vocabulary_of(vocabulary)
        pixels = np.asarray(photo.convert("RGB"))
        with memory_guarded(), torch.inference_mode():
            rows = self._look(pixels, self._words.features(words)).tolist()
        return [
            Region(box, words[int(word)], confidence)
            for *sides, confidence, word in rows
            if (box := _box(sides, photo.size)) is not None
        ]

    def _look(self, pixels: NDArray[np.uint8], features: torch.Tensor) -> torch.Tensor:
        """Return (detections, 6): x1 y1 x2 y2 in px of the photo, confidence, word.

        Args:
            pixels: (height, width, 3), 0..255.
            features: (words, 512).
        """
        boxed = LetterBox(_SIDE_PX, auto=True)(image=pixels)
        images = torch.from_numpy(boxed.transpose(2, 0, 1)[None].copy())
        images = images.to(self._device).to(self._precision) / 255
        # The head keeps the number of words and the photo's grid from one line to another.
        with self._lock:
            self._model.model[-1].nc = len(features)
            predicted, _ = self._model.predict(images, txt_feats=features[None])
        rows = _surest(predicted[0].float())
        scale_boxes(images.shape[2:], rows[:, :4], pixels.shape[:2])
        return rows


def _surest(predicted: torch.Tensor) -> torch.Tensor:
    """Return (detections, 6), surest first: x1 y1 x2 y2, confidence, word.

    Args:
        predicted: (4 + words, places): centre, width, height, and a confidence by word.
    """
    confidence, word = predicted[4:].max(dim=0)
    likely = confidence.argsort(descending=True, stable=True)[:_MOST_CANDIDATES]
    likely = likely[confidence[likely] >= LEAST_CONFIDENCE]
    boxes, confidence, word = xywh2xyxy(predicted[:4, likely].T), confidence[likely], word[likely]
    # Words stand side by side, so that a box suppresses those of its own word alone.
    apart = boxes + 4 * _SIDE_PX * word[:, None]
    # Not torchvision.ops.nms, which asks for the native library even where there is another.
    kept = torch.ops.torchvision.nms(apart, confidence, _SAME_WORD_IOU)[:_MOST_DETECTIONS]
    return torch.cat([boxes[kept], confidence[kept, None], word[kept, None]], dim=1)


def _load(model: str, weights: Path) -> WorldModel:
    if not _ARCHITECTURE.fullmatch(model):
        raise WeightsError(f"{model} is no YOLO-World; one of yolov8[nsmlx]-worldv2 is.")
    file = weights / "model.safetensors"
    network = WorldModel(f"{model}.yaml", verbose=False)
    fill(network, read_tensors(file), file)
    return network.eval().requires_grad_(False).fuse(verbose=False)


def _box(sides: Sequence[float], size: tuple[int, int]) -> Box | None:
    """Return corners in px as shares of the photo; None where they enclose nothing of it."""
    x1, y1, x2, y2 = (
        min(max(side / length, 0.0), 1.0) for side, length in zip(sides, size * 2, strict=True)
    )
    return Box(x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None
