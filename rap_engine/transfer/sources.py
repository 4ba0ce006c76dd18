"""Where an archive is read from: a zip, or a folder. Nothing in either is trusted.

Nothing is ever unpacked onto the disk: an entry is read into memory, by a name that was checked.
"""

import os
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from rap_engine.transfer.archive import DATABASE
from rap_engine.transfer.errors import BadArchive, Refused

MOST_ENTRIES = 20_000
MOST_BYTES = 2_000_000_000
"""That are read of one archive in all."""
MOST_RATIO = 200
"""Of an entry's size to what it takes in the zip: text shrinks 10 times, a bomb 1,000 times."""
_RATIO_MATTERS_FROM = 1_000_000
_LONGEST_NAME = 255
_MOST_DIRECTORY_BYTES = MOST_ENTRIES * 400
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_IS_ENCRYPTED = 0x1
# End of central directory (APPNOTE 4.3.16): signature, disks, entries, size and place, comment.
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_SIZE = 20


class Source(Protocol):
    """Files by their names in an archive."""

    @property
    def refused(self) -> tuple[Refused, ...]:
        """Entries that are not read whoever asks for them."""

    def read(self, name: str, most_bytes: int) -> bytes:
        """Return a file.

        Raises:
            Refused: it is not there, is larger, or is not to be trusted.
        """


def is_safe(name: str) -> bool:
    """Say whether a name stays in its archive, whatever reads it."""
    parts = name.split("/")
    return (
        0 < len(name) <= _LONGEST_NAME
        and name.isprintable()
        and "\\" not in name
        and ":" not in name
        and not name.startswith("/")
        and ".." not in parts
    )


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a zip, a folder, or the folder that a `database.json` is in.

    Raises:
        BadArchive: there is none, or it is a zip that cannot be trusted.
    """
    if path.is_dir():
        yield FolderSource(path)
    elif path.name == DATABASE and path.is_file():
        yield FolderSource(path.parent)
    elif path.is_file():
        with path.open("rb") as file:
            yield ZipSource(_opened(file, path))
    else:
        raise BadArchive(f"There is no file or folder at {path}.")


@dataclass(slots=True)
class FolderSource:
    """A folder of this machine. What a link in it leads out to is not read."""

    folder: Path
    refused: tuple[Refused, ...] = ()
    _left: int = MOST_BYTES

    def read(self, name: str, most_bytes: int) -> bytes:
        """Return a file; see `Source`."""
        if not is_safe(name):
            raise Refused(name, "its path leads out of the folder")
        try:
            return self._read(name, min(most_bytes, self._left))
        except OSError as error:
            raise Refused(name, f"it cannot be read ({error.strerror})") from error

    def _read(self, name: str, most_bytes: int) -> bytes:
        file = (self.folder / name).resolve(strict=True)
        if not file.is_relative_to(self.folder.resolve()):
            raise Refused(name, "it is a link out of the folder")
        # A pipe would be waited for, and a device never ends.
        if not file.is_file():
            raise Refused(name, "it is not a file")
        with file.open("rb") as stream:
            content = _at_most(name, stream, most_bytes)
        self._left -= len(content)
        return content


@dataclass(slots=True)
class ZipSource:
    """A zip. Each entry is checked before it is read, and while it is read."""

    file: zipfile.ZipFile
    refused: tuple[Refused, ...] = field(init=False)
    _entries: dict[str, zipfile.ZipInfo] = field(init=False)
    _left: int = MOST_BYTES

    def __post_init__(self) -> None:
        self._entries, refused = _sorted_out(self.file.infolist())
        self.refused = tuple(refused)

    def read(self, name: str, most_bytes: int) -> bytes:
        """Return an entry; see `Source`."""
        entry = self._entries.get(name)
        if entry is None:
            raise Refused(name, "it is not in the archive")
        try:
            with self.file.open(entry) as stream:
                content = _at_most(name, stream, min(most_bytes, self._left))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise Refused(name, "it is broken") from error
        self._left -= len(content)
        return content


def _at_most(name: str, stream: IO[bytes], most_bytes: int) -> bytes:
    """Read all of a stream, whatever size its header claims."""
    content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise Refused(name, f"it is larger than {most_bytes:,} bytes")
    return content


def _opened(file: BinaryIO, path: Path) -> zipfile.ZipFile:
    _check_directory(file, path)
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadArchive(f"{path} is not a zip that can be read.") from error


def _check_directory(file: BinaryIO, path: Path) -> None:
    """Refuse a zip whose list of entries alone would fill the memory: `zipfile` reads all of it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _END.size - _ZIP64_LOCATOR_SIZE, 0))
    tail = file.read()
    if len(tail) < _END.size or tail[-_END.size :][:4] != _END_SIGNATURE:
        raise BadArchive(f"{path} is not a zip, or has something behind its end.")
    _, _, _, _, entries, directory_bytes, _, _ = _END.unpack(tail[-_END.size :])
    if tail.startswith(_ZIP64_LOCATOR):
        raise BadArchive(f"{path} is a zip of more than 4 GB, which no export is.")
    if entries > MOST_ENTRIES or directory_bytes > _MOST_DIRECTORY_BYTES:
        raise BadArchive(f"{path} has more than {MOST_ENTRIES:,} entries.")


def _sorted_out(
    entries: list[zipfile.ZipInfo],
) -> tuple[dict[str, zipfile.ZipInfo], list[Refused]]:
    """Return the entries that may be read, by name, and the others with the reason."""
    good: dict[str, zipfile.ZipInfo] = {}
    refused = []
    twice = _names_met_twice(entries)
    for entry in entries:
        fault = "there are two of that name" if entry.filename in twice else _fault_of(entry)
        if fault is not None:
            refused.append(Refused(entry.orig_filename, fault))
        elif not entry.is_dir():
            good[entry.filename] = entry
    return good, refused


def _names_met_twice(entries: list[zipfile.ZipInfo]) -> set[str]:
    """Return names of which nobody can say which entry they mean."""
    times = Counter(entry.filename for entry in entries)
    return {name for name, count in times.items() if count > 1}


def _fault_of(entry: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    swells = entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
    faults = (
        (not is_safe(entry.orig_filename), "its path leads out of the archive"),
        (kind not in (0, stat.S_IFREG, stat.S_IFDIR), "it is not a file"),
        (bool(entry.flag_bits & _IS_ENCRYPTED), "it is encrypted"),
        (entry.compress_type not in _METHODS, "it is compressed in a way that is not read"),
        (swells and entry.file_size > _RATIO_MATTERS_FROM, "it swells when it is unpacked"),
    )
    return next((fault for is_so, fault in faults if is_so), None)
