"""A model on torch over crops: in batches, without gradients, to embeddings of unit length."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn.functional import normalize

from rap_engine.torch_runtime import memory_guarded

MOST_AT_ONCE = 32
"""Crops of a batch. A photo has up to nine; calibrating and re-embedding bring many."""


def embed(
    crops: Sequence[Image.Image],
    width: int,
    forward: Callable[[list[Image.Image]], torch.Tensor],
) -> NDArray[np.float32]:
    """Return embeddings (crops, width), float32, unit length.

    Args:
        crops: of any mode.
        width: length of an embedding.
        forward: takes RGB crops to features (crops, width), on any device, in any precision.

    Raises:
        OutOfMemory: the device has no room for a batch.
    """
    batches = [np.empty((0, width), np.float32)]
    for start in range(0, len(crops), MOST_AT_ONCE):
        batch = [crop.convert("RGB") for crop in crops[start : start + MOST_AT_ONCE]]
        with memory_guarded(), torch.inference_mode():
            batches.append(normalize(forward(batch).float(), dim=-1).cpu().numpy())
    return np.concatenate(batches)
