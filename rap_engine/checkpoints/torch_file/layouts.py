"""Where pickle and storages lie in a file: the zip layout of today, and the one before it.

zip: `NAME/data.pkl` and one uncompressed entry `NAME/data/KEY` a storage.
old: five pickles in a row (magic number, protocol, platform, the value, storage keys), then each
storage: its count of numbers, and the numbers.
"""

import io
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Protocol

from rap_engine.checkpoints.torch_file.machine import BoundedReader, interpret
from rap_engine.checkpoints.torch_file.values import CheckpointUnreadable, Storage, quote
from rap_engine.checkpoints.torch_file.vocabulary import StateNames

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_LONGEST_PICKLE = 256 << 20
_ENCRYPTED = 0x1
_COUNT = struct.Struct("<q")


class Layout(Protocol):
    """An open checkpoint: the value that its pickle describes, and its storages' bytes."""

    value: Any

    def check(self, storage: Storage) -> None:
        """Check that a storage is in the file, whole.

        Raises:
            CheckpointUnreadable: it is not.
        """

    def read(self, storage: Storage, start: int, stop: int, size: int) -> Iterator[bytes]:
        """Yield a storage's bytes from `start` to `stop`, `size` of them at a time."""


@contextmanager
def errors_told() -> Iterator[None]:
    """Turn what a malformed or excessive file raises anywhere in the reader into one error.

    Raises:
        CheckpointUnreadable: the block met a malformed file.
    """
    try:
        yield
    except (
        *(ValueError, TypeError, LookupError, AttributeError, struct.error, EOFError),
        *(zipfile.BadZipFile, NotImplementedError, OverflowError, RecursionError),
    ) as error:
        raise CheckpointUnreadable(
            f"The checkpoint could not be read: {quote(str(error))}"
        ) from error
    except MemoryError as error:
        raise CheckpointUnreadable(
            "The checkpoint could not be read: it takes more memory than there is."
        ) from error


def open_layout(file: IO[bytes], names: StateNames) -> Layout:
    """Read a checkpoint's pickle.

    Raises:
        CheckpointUnreadable: no known layout, or a pickle that describes more than it may.
    """
    with errors_told():
        is_zip = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        return ZipLayout(file, names) if is_zip else OldLayout(file, names)


class ZipLayout:
    """The layout since PyTorch 1.6."""

    def __init__(self, file: IO[bytes], names: StateNames) -> None:
        self._size = file.seek(0, io.SEEK_END)
        self._archive = zipfile.ZipFile(file)
        self._root = self._only_root()
        self._check_byte_order()
        pickled = self._whole("data.pkl")
        if pickled.file_size > _LONGEST_PICKLE:
            raise CheckpointUnreadable("The checkpoint's pickle is too long.")
        self.value = interpret(BoundedReader(io.BytesIO(self._archive.read(pickled))), names)

    def check(self, storage: Storage) -> None:
        """See `Layout`."""
        entry = self._whole(f"data/{storage.key}")
        if entry.file_size != storage.size:
            raise CheckpointUnreadable(
                f"Storage {quote(storage.key)} has {entry.file_size} bytes, not {storage.size}."
            )

    def read(self, storage: Storage, start: int, stop: int, size: int) -> Iterator[bytes]:
        """See `Layout`. Reading from beginning to end also checks the entry's CRC-32."""
        with self._archive.open(self._whole(f"data/{storage.key}")) as stream:
            stream.seek(start)
            yield from _read(stream, stop - start, size)

    def _only_root(self) -> str:
        roots = [
            name.removesuffix("data.pkl")
            for name in self._archive.namelist()
            if name.endswith("/data.pkl")
        ]
        if len(roots) != 1:
            raise CheckpointUnreadable("The archive is not a PyTorch checkpoint.")
        return roots[0]

    def _check_byte_order(self) -> None:
        entry = self._archive.NameToInfo.get(f"{self._root}byteorder")
        if entry is not None and self._archive.open(entry).read(16) != b"little":
            raise CheckpointUnreadable("The checkpoint was written on a big-endian machine.")

    def _whole(self, name: str) -> zipfile.ZipInfo:
        """Return an entry that is stored as it is and lies inside the file."""
        entry = self._archive.NameToInfo.get(f"{self._root}{name}")
        if entry is None:
            raise CheckpointUnreadable(f"The archive has no {quote(name)}.")
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & _ENCRYPTED:
            raise CheckpointUnreadable(f"{quote(name)} is not stored as it is.")
        is_inside = entry.header_offset + entry.file_size <= self._size
        if entry.compress_size != entry.file_size or not is_inside:
            raise CheckpointUnreadable(f"{quote(name)} ends outside the file.")
        return entry


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    count: int


class OldLayout:
    """The layout before PyTorch 1.6, which packages of old models still have."""

    def __init__(self, file: IO[bytes], names: StateNames) -> None:
        self._file = file
        reader = BoundedReader(file)
        for wanted in (_MAGIC, _PROTOCOL):
            found = interpret(reader, names)
            if not isinstance(found, int) or found != wanted:
                raise CheckpointUnreadable("The file is not a PyTorch checkpoint.")
        interpret(reader, names)  # the platform's sizes: every storage states its own
        self.value = interpret(reader, names)
        self._keys = interpret(reader, names)
        self._first = file.tell()
        self._end = file.seek(0, io.SEEK_END)
        self._places: dict[str, _Place] = {}

    def check(self, storage: Storage) -> None:
        """See `Layout`. Storages are in the order of their keys, so those before must be known."""
        place = self._places.get(storage.key)
        if place is None or place.count != storage.count:
            raise CheckpointUnreadable(f"The checkpoint has no storage {quote(storage.key)}.")

    def lay_out(self, storages: dict[str, Storage]) -> None:
        """Find where the storages begin.

        Raises:
            CheckpointUnreadable: their counts are not those of the pickle, or the file ends early.
        """
        position = self._first
        for key in self._keys:
            if not isinstance(key, str):
                raise CheckpointUnreadable("The checkpoint has a storage without a name.")
            storage = storages[key]
            self._file.seek(position)
            (count,) = _COUNT.unpack(self._file.read(_COUNT.size))
            start = position + _COUNT.size
            position = start + storage.size
            if count != storage.count or position > self._end:
                raise CheckpointUnreadable(f"Storage {quote(key)} is not as the pickle says.")
            self._places[key] = _Place(start, count)

    def read(self, storage: Storage, start: int, stop: int, size: int) -> Iterator[bytes]:
        """See `Layout`."""
        place = self._places[storage.key]
        self._file.seek(place.start + start)
        yield from _read(self._file, stop - start, size)


def _read(stream: IO[bytes], length: int, size: int) -> Iterator[bytes]:
    while length > 0:
        piece = stream.read(min(size, length))
        if not piece:
            raise EOFError("the file ends within a tensor")
        length -= len(piece)
        yield piece
