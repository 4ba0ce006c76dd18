"""ultralytics, without what its import does to the rest of the process.

It replaces `PIL.Image.open` by one that looks for a HEIF package where something is no photo, and
fails with ModuleNotFoundError. It replaces `torch.save`, and leaves OpenCV, and OpenMP in programs
started later, with one thread. Whoever needs ultralytics imports it from here.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import torch
from PIL import Image

from rap_engine.torch_runtime import import_torchvision

__all__ = ["LetterBox", "WorldModel", "scale_boxes", "xywh2xyxy"]


@contextmanager
def _others_unchanged() -> Iterator[None]:
    opens, saves = Image.open, torch.save
    opencv_threads, openmp_threads = cv2.getNumThreads(), os.environ.get("OMP_NUM_THREADS")
    yield
    Image.open, torch.save = opens, saves
    cv2.setNumThreads(opencv_threads)
    if openmp_threads is None:
        os.environ.pop("OMP_NUM_THREADS", None)


import_torchvision()
with _others_unchanged():
    from ultralytics.data.augment import LetterBox
    from ultralytics.nn.tasks import WorldModel
    from ultralytics.utils.ops import scale_boxes, xywh2xyxy
