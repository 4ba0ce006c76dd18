"""Rows that are added to the embeddings for `<image>`."""

from collections.abc import Iterator

import torch

from rap_engine.checkpoints.folder import Weights
from rap_engine.checkpoints.safetensors_file import Stream
from rap_engine.checkpoints.tensors import CHUNK_BYTES, ITEM_BYTES, TensorInfo

FLOATS = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
"""Number formats that models are run in."""


def torch_type(info: TensorInfo) -> torch.dtype:
    """Return torch's name of a number format; float32 for those that no model is run in."""
    return FLOATS.get(info.dtype, torch.float32)


def with_rows(weights: Weights, name: str, new_name: str, rows: int) -> Stream:
    """Return embeddings (vocabulary, width) with `rows` rows in all.

    Rows that are added are the mean of those that are there. For the last layer this means that an
    added token's logit is the mean of all others', so it is never the highest and never generated;
    its input embedding is never read, because image features take its place.
    """
    info = weights.tensors[name]
    present, width = info.shape
    grown = TensorInfo(info.dtype, (rows, width))

    def chunks() -> Iterator[bytes]:
        yield from weights.chunks(name)
        mean = _mean_row(weights, name, info)
        for _ in range(rows - present):
            yield mean

    return Stream(new_name, grown, chunks)


def _mean_row(weights: Weights, name: str, info: TensorInfo) -> bytes:
    """Return the mean of all rows, read a block of rows at a time."""
    present, width = info.shape
    row = width * ITEM_BYTES[info.dtype]
    total = torch.zeros(width, dtype=torch.float64)
    for piece in weights.chunks(name, max(1, CHUNK_BYTES // row) * row):
        block = torch.frombuffer(bytearray(piece), dtype=torch_type(info)).view(-1, width)
        total += block.sum(dim=0, dtype=torch.float64)
    mean = (total / present).to(torch_type(info))
    return mean.view(torch.uint8).numpy().tobytes()
