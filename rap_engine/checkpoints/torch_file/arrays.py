"""A whole state dictionary as numpy arrays, for models that run without torch."""

from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from rap_engine.checkpoints.torch_file.opening import named_tensors, read_file
from rap_engine.checkpoints.torch_file.values import CheckpointUnreadable
from rap_engine.checkpoints.torch_file.vocabulary import StateNames

_ARRAY_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "i1", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def read_checkpoint(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a state dictionary by their parameter's name.

    Raises:
        CheckpointUnreadable: another layout, an unknown opcode or name, a file that ends early, or
            numbers that numpy lacks (bfloat16).
    """
    opened = read_file(file, StateNames(), named_tensors)
    arrays = {}
    for name, info in opened.tensors.items():
        if info.dtype not in _ARRAY_TYPES:
            raise CheckpointUnreadable(f"{name} has numbers that are no array's: {info.dtype}.")
        data = b"".join(opened.chunks(name))
        arrays[name] = np.frombuffer(data, _ARRAY_TYPES[info.dtype]).reshape(info.shape)
    return arrays
