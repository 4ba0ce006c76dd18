"""Reading and writing safetensors in pieces: a JSON header, then the tensors' bytes in a row.

The library's own writer wants all tensors of a file in memory at once.
"""

import io
import json
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rap_engine.checkpoints.errors import ConversionFailed
from rap_engine.checkpoints.tensors import CHUNK_BYTES, ITEM_BYTES, TensorInfo
from rap_engine.checkpoints.torch_file.values import CheckpointUnreadable, quote

_LENGTH = struct.Struct("<Q")
_LONGEST_HEADER = 100_000_000  # as the format says
_ALIGNMENT = 8


@dataclass(frozen=True, slots=True)
class Stream:
    """A tensor to write: what it is, and a way to its bytes."""

    name: str
    info: TensorInfo
    chunks: Callable[[], Iterator[bytes]]


class SafetensorsFile:
    """See `TensorFile`.

    Raises:
        CheckpointUnreadable: the header is none, or places tensors outside the file.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        end = file.seek(0, io.SEEK_END)
        file.seek(0)
        header = _header(file, end)
        self._first = file.tell()
        self._starts: dict[str, int] = {}
        self._tensors: dict[str, TensorInfo] = {}
        for name, entry in header.items():
            if name != "__metadata__":
                self._tensors[name], self._starts[name] = _entry(name, entry, end - self._first)

    @property
    def tensors(self) -> Mapping[str, TensorInfo]:
        """Tensors of the file, in its order."""
        return self._tensors

    def chunks(self, name: str, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """See `TensorFile`."""
        self._file.seek(self._first + self._starts[name])
        left = self._tensors[name].size
        while left:
            piece = self._file.read(min(size, left))
            if not piece:
                raise CheckpointUnreadable(f"The file ends within {quote(name)}.")
            left -= len(piece)
            yield piece


@contextmanager
def open_safetensors(path: Path) -> Iterator[SafetensorsFile]:
    """Open a safetensors file.

    Raises:
        CheckpointUnreadable: it is none.
    """
    with path.open("rb") as file:
        yield SafetensorsFile(file)


def write_safetensors(path: Path, streams: list[Stream], wrote: Callable[[int], None]) -> None:
    """Write tensors, one after the other; `wrote` is told the bytes of each piece.

    Raises:
        ConversionFailed: a stream gave more or fewer bytes than its tensor has.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    position = 0
    for stream in streams:
        end = position + stream.info.size
        header[stream.name] = {
            "dtype": stream.info.dtype,
            "shape": list(stream.info.shape),
            "data_offsets": [position, end],
        }
        position = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    with path.open("wb") as file:
        file.write(_LENGTH.pack(len(text)) + text)
        for stream in streams:
            _write_one(file, stream, wrote)


def _write_one(file: IO[bytes], stream: Stream, wrote: Callable[[int], None]) -> None:
    written = 0
    for piece in stream.chunks():
        file.write(piece)
        written += len(piece)
        wrote(len(piece))
    if written != stream.info.size:
        raise ConversionFailed(
            f"{stream.name} gave {written} bytes, not the {stream.info.size} of its shape."
        )


def _header(file: IO[bytes], end: int) -> dict[str, Any]:
    raw = file.read(_LENGTH.size)
    length = _LENGTH.unpack(raw)[0] if len(raw) == _LENGTH.size else 0
    if not 0 < length <= min(_LONGEST_HEADER, end - _LENGTH.size):
        raise CheckpointUnreadable("The file is not in the format safetensors.")
    try:
        header = json.loads(file.read(length))
    except (ValueError, RecursionError) as error:
        raise CheckpointUnreadable("The file's header is not JSON.") from error
    if not isinstance(header, dict):
        raise CheckpointUnreadable("The file's header is not a dictionary.")
    return header


def _entry(name: str, entry: Any, room: int) -> tuple[TensorInfo, int]:
    try:
        dtype, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        numbers = [*shape, start, end]
        if dtype not in ITEM_BYTES or not all(type(n) is int and n >= 0 for n in numbers):
            raise CheckpointUnreadable(f"{quote(name)} has a size or format that cannot be.")
        info = TensorInfo(dtype, tuple(shape))
    except (TypeError, KeyError, ValueError) as error:
        raise CheckpointUnreadable(f"The entry of {quote(name)} cannot be read.") from error
    if end > room or end - start != info.size:
        raise CheckpointUnreadable(f"{quote(name)} lies outside the file.")
    return info, start
