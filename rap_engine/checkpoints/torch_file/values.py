"""What a checkpoint's pickle describes: storages, tensors, and objects that stay descriptions."""

import math
from dataclasses import dataclass, field
from typing import Any

from rap_engine.checkpoints.tensors import ITEM_BYTES, TensorInfo
from rap_engine.errors import WeightsCorrupt

STORAGE_TYPES = {
    "torch DoubleStorage": "F64",
    "torch FloatStorage": "F32",
    "torch HalfStorage": "F16",
    "torch BFloat16Storage": "BF16",
    "torch LongStorage": "I64",
    "torch IntStorage": "I32",
    "torch ShortStorage": "I16",
    "torch CharStorage": "I8",
    "torch ByteStorage": "U8",
    "torch BoolStorage": "BOOL",
}
_LONGEST_QUOTE = 80
_MOST_COPIED = 1_000_000
_MOST_DIMENSIONS = 16


class CheckpointUnreadable(WeightsCorrupt):
    """The file is not a checkpoint of the layouts that this reader follows."""

    code = "checkpoint_unreadable"


@dataclass(frozen=True, slots=True)
class Global:
    """A name in a file: `module name`. It is compared, never looked up."""

    name: str


@dataclass(eq=False, slots=True)
class CopyBudget:
    """What a file may have copied.

    All else that it describes is about as large as its pickle, but a few bytes of it can ask for
    one more copy of what it described before. A model of 1,000 modules copies some 20,000 items.
    """

    left: int = _MOST_COPIED

    def spend(self, items: int) -> None:
        """Count items that are about to be copied.

        Raises:
            CheckpointUnreadable: they are more than any checkpoint has need of.
        """
        self.left -= items
        if self.left < 0:
            raise CheckpointUnreadable("The checkpoint has the same things copied without an end.")


@dataclass(eq=False, slots=True)
class Instance:
    """An object that the file would have made: its class and its attributes."""

    kind: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Storage:
    """A run of numbers of one format, somewhere in the file."""

    key: str
    dtype: str
    count: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.count * ITEM_BYTES[self.dtype]


@dataclass(frozen=True, slots=True)
class TensorView:
    """A tensor as a view of a storage; offset and strides count numbers, not bytes."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def info(self) -> TensorInfo:
        """Its format and shape."""
        return TensorInfo(self.storage.dtype, self.shape)

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)

    @property
    def reach(self) -> int:
        """Numbers between its first and its last, both counted."""
        return 1 + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))

    @property
    def is_contiguous(self) -> bool:
        """Whether its numbers lie in a row."""
        expected = 1
        for size, step in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size != 1 and step != expected:
                return False
            expected *= size
        return True


def storage_of(reference: Any) -> Storage:
    """Return the storage that a persistent id names.

    Raises:
        CheckpointUnreadable: it names something else.
    """
    if not isinstance(reference, tuple) or len(reference) not in (5, 6):
        raise CheckpointUnreadable("The checkpoint refers to something other than a storage.")
    kind, storage_type, key, _device, count, *view = reference
    if kind != "storage" or any(part is not None for part in view) or not isinstance(key, str):
        raise CheckpointUnreadable("The checkpoint refers to something other than a storage.")
    name = storage_type.name if isinstance(storage_type, Global) else ""
    if name not in STORAGE_TYPES:
        raise CheckpointUnreadable(f"The checkpoint has numbers of the type {quote(name)}.")
    return Storage(key, STORAGE_TYPES[name], _counts((count,))[0])


def tensor_of(arguments: Any) -> TensorView:
    """Return the tensor that the arguments of `_rebuild_tensor_v2` describe.

    Raises:
        CheckpointUnreadable: it lies outside its storage, or has more numbers than that.
    """
    storage, offset, shape, strides, *_ = arguments
    if not isinstance(storage, Storage):
        raise CheckpointUnreadable("The checkpoint has a tensor without a storage.")
    view = TensorView(storage, _counts((offset,))[0], _counts(shape), _counts(strides))
    if view.count and (view.offset + view.reach > storage.count or view.count > storage.count):
        raise CheckpointUnreadable("A parameter lies outside its storage.")
    return view


def quote(text: object) -> str:
    """Return a file's text for a message: short, whatever the file says."""
    words = str(text) if isinstance(text, str | int) else type(text).__name__
    return words if len(words) <= _LONGEST_QUOTE else words[:_LONGEST_QUOTE] + "…"


def _counts(values: Any) -> tuple[int, ...]:
    if not isinstance(values, tuple | list) or len(values) > _MOST_DIMENSIONS:
        raise CheckpointUnreadable("The checkpoint has a shape that is none.")
    if not all(type(value) is int and 0 <= value < 1 << 48 for value in values):
        raise CheckpointUnreadable("The checkpoint has a size that cannot be.")
    return tuple(values)
