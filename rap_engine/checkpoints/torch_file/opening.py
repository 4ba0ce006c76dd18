"""Opening a checkpoint as a file of tensors."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from rap_engine.checkpoints.tensors import CHUNK_BYTES, ITEM_BYTES, TensorInfo
from rap_engine.checkpoints.torch_file.layouts import Layout, OldLayout, errors_told, open_layout
from rap_engine.checkpoints.torch_file.modules import parameters_of
from rap_engine.checkpoints.torch_file.values import CheckpointUnreadable, TensorView
from rap_engine.checkpoints.torch_file.vocabulary import ModuleNames, StateNames


class TorchFile:
    """See `TensorFile`. A tensor that lies scattered in its storage is read whole, all others
    piece by piece.

    Raises:
        CheckpointUnreadable: a storage is not in the file as the pickle says.
    """

    def __init__(self, layout: Layout, views: Mapping[str, TensorView]) -> None:
        self._layout = layout
        self._views = views
        self._tensors = {name: view.info for name, view in views.items()}
        storages = {view.storage.key: view.storage for view in views.values()}
        with errors_told():
            if isinstance(layout, OldLayout):
                layout.lay_out(storages)
            for view in views.values():
                layout.check(view.storage)

    @property
    def tensors(self) -> Mapping[str, TensorInfo]:
        """Tensors of the file, in its order."""
        return self._tensors

    def chunks(self, name: str, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """See `TensorFile`."""
        view = self._views[name]
        item = ITEM_BYTES[view.storage.dtype]
        first, last = view.offset * item, (view.offset + view.reach) * item
        with errors_told():
            if not view.count:
                return
            pieces = self._layout.read(view.storage, first, last, size)
            if view.is_contiguous:
                yield from pieces
            else:
                yield from _in_pieces(_gathered(view, b"".join(pieces)), size)


@contextmanager
def open_state(path: Path) -> Iterator[TorchFile]:
    """Open a file that holds a state dictionary: tensors by name, at the top level.

    Raises:
        CheckpointUnreadable: the file is none, or its pickle names anything else.
    """
    with path.open("rb") as file:
        yield read_file(file, StateNames(), named_tensors)


@contextmanager
def open_modules(path: Path) -> Iterator[TorchFile]:
    """Open a file that holds modules, as ultralytics saves them; tensors have the names of
    `Module.state_dict()`.

    Raises:
        CheckpointUnreadable: the file is none, or its pickle names what no module has.
    """
    with path.open("rb") as file:
        yield read_file(file, ModuleNames(), parameters_of)


def read_file(
    file: IO[bytes], names: StateNames, find: Callable[[Any], dict[str, TensorView]]
) -> TorchFile:
    """Return the tensors of an open file.

    Raises:
        CheckpointUnreadable: see `open_state`.
    """
    layout = open_layout(file, names)
    with errors_told():
        views = find(layout.value)
    return TorchFile(layout, views)


def named_tensors(value: Any) -> dict[str, TensorView]:
    """Return the tensors of a state dictionary."""
    if not isinstance(value, dict):
        raise CheckpointUnreadable("The checkpoint is not a dictionary of tensors.")
    return {
        name: view
        for name, view in value.items()
        if isinstance(name, str) and isinstance(view, TensorView)
    }


def _gathered(view: TensorView, data: bytes) -> bytes:
    # Some kernels are transposed views of another layout. A number is moved, never read.
    item = ITEM_BYTES[view.storage.dtype]
    numbers = np.frombuffer(data, dtype=f"V{item}")
    strides = tuple(step * item for step in view.strides)
    return np.lib.stride_tricks.as_strided(numbers, view.shape, strides).tobytes()


def _in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]
