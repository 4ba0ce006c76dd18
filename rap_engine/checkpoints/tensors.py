"""Tensors in files, as bytes: what all readers and writers of weights share.

Names of number formats are those of safetensors. Bytes, because numpy lacks bfloat16, the profile
`starter` lacks torch, and a copy has no need to know what a number means.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

CHUNK_BYTES = 4 << 20
ITEM_BYTES: Mapping[str, int] = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U64": 8,
    "U32": 4,
    "U16": 2,
    "U8": 1,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "BOOL": 1,
}


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """What a tensor is, without its numbers.

    Attributes:
        dtype: a key of `ITEM_BYTES`.
        shape: sizes; () is a single number.
    """

    dtype: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of all its numbers."""
        return math.prod(self.shape) * ITEM_BYTES[self.dtype]


class TensorFile(Protocol):
    """An open file of tensors."""

    @property
    def tensors(self) -> Mapping[str, TensorInfo]:
        """What is in the file, in its order."""

    def chunks(self, name: str, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Yield a tensor's bytes, little endian and row by row, `size` of them at a time.

        Raises:
            WeightsCorrupt: the file ends early or its bytes were changed.
        """
