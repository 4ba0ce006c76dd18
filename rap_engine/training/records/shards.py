"""Records on disk: JSON lines in shards, and a manifest that says what they are.

```
records.json            counts, the shards' hashes, what was passed over, the plan's hash
records-00000.jsonl     one record a line
records-00001.jsonl
```

A folder without `records.json` is not finished. Records are written and read one at a time.
"""

import hashlib
import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from json import dumps, loads
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import numpy as np
from numpy.typing import NDArray

from rap_engine.checkpoints.files import disk_full_told, write_json
from rap_engine.training.records.manifest import MANIFEST, Manifest, Shard
from rap_engine.training.records.record import BadRecord, Record
from rap_engine.training.skips import Skips

RECORDS_A_SHARD: Final = 10_000
_CHUNK_BYTES: Final = 1 << 20


class ShardWriter:
    """Writes records into a folder; a shard has its name only when it is whole.

    Leaving the block without `finish` leaves a folder without a manifest: not finished.
    """

    def __init__(self, folder: Path, plan_hash: str, a_shard: int = RECORDS_A_SHARD) -> None:
        self._folder = folder
        self._plan_hash = plan_hash
        self._a_shard = a_shard
        self._shards: list[Shard] = []
        self._kinds: Counter[str] = Counter()
        self._stream: IO[bytes] | None = None
        self._hash = hashlib.sha256()
        self._count = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        # The manifest first: with half of its shards gone it would be a lie.
        (self._folder / MANIFEST).unlink(missing_ok=True)
        for old in self._folder.glob("records-*.jsonl*"):
            old.unlink()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            self._part.unlink(missing_ok=True)

    def add(self, record: Record) -> None:
        """Write a record behind the others.

        Raises:
            DiskFull: there is no room for it.
        """
        # Half a surrogate pair is valid JSON, and no text that could be encoded.
        line = dumps(record.to_json(), ensure_ascii=False).encode(errors="replace") + b"\n"
        with disk_full_told():
            if self._stream is None:
                self._stream = self._part.open("wb")
            self._stream.write(line)
            self._hash.update(line)
            self._count += 1
            self._kinds[record.kind] += 1
            if self._count == self._a_shard:
                self._end_shard()

    def finish(self, skips: Skips) -> Manifest:
        """End the last shard, write the manifest, and return it.

        Raises:
            DiskFull: there is no room for it.
        """
        with disk_full_told():
            self._end_shard()
            data_hash = hashlib.sha256("".join(s.sha256 for s in self._shards).encode())
            manifest = Manifest(
                dict(sorted(self._kinds.items())),
                tuple(self._shards),
                skips.to_json(),
                self._plan_hash,
                data_hash.hexdigest(),
            )
            write_json(self._folder / MANIFEST, manifest.to_json())
        return manifest

    def _end_shard(self) -> None:
        if self._stream is None:
            return
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._part.replace(self._folder / self._name)
        self._shards.append(Shard(self._name, self._count, self._hash.hexdigest()))
        self._stream, self._count, self._hash = None, 0, hashlib.sha256()

    @property
    def _name(self) -> str:
        return f"records-{len(self._shards):05d}.jsonl"

    @property
    def _part(self) -> Path:
        return self._folder / f"{self._name}.part"


class ShardedRecords:
    """A folder's records by number, for a map-style dataset: in memory are byte offsets alone.

    Files are opened at each look: whoever copies this into another process copies no open file.

    Attributes:
        folder: Where the records lie; their photos' paths are relative to it, or absolute.
        manifest: What they are.
    """

    def __init__(self, folder: Path) -> None:
        """Look at all shards once, and check their hashes.

        Raises:
            BadRecord: there is no manifest, or a shard is not the one that it names.
        """
        self.folder = folder
        self.manifest = Manifest.read(folder)
        self._files = [folder / shard.file for shard in self.manifest.shards]
        self._starts = [_line_starts(folder, shard) for shard in self.manifest.shards]
        self._firsts = [0, *accumulate(len(starts) for starts in self._starts)]

    def __len__(self) -> int:
        return self._firsts[-1]

    def __getitem__(self, index: int) -> Record:
        """Return a record; a negative number counts from the end.

        Raises:
            BadRecord: its line is broken; the message has the file and the line.
        """
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            raise IndexError(f"record {index} of {len(self)}")
        shard = bisect_right(self._firsts, number) - 1
        line = number - self._firsts[shard]
        with self._files[shard].open("rb") as stream:
            stream.seek(int(self._starts[shard][line]))
            return _record(stream.readline(), self._files[shard], line + 1)

    def __iter__(self) -> Iterator[Record]:
        """Yield all records in order; files are read once, from their start to their end."""
        for file in self._files:
            with file.open("rb") as stream:
                for number, line in enumerate(stream, 1):
                    yield _record(line, file, number)


def _line_starts(folder: Path, shard: Shard) -> NDArray[np.int64]:
    file = folder / shard.file
    digest = hashlib.sha256()
    found = [np.zeros(1, np.int64)]
    offset = 0
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
                ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == ord("\n"))
                found.append(ends.astype(np.int64) + offset + 1)
                offset += len(chunk)
    except OSError as error:
        raise BadRecord(f"{file}: {error.strerror}") from error
    starts = np.concatenate(found)[:-1]
    if digest.hexdigest() != shard.sha256 or len(starts) != shard.records:
        raise BadRecord(f"{file}: not the file that {MANIFEST} names")
    return starts


def _record(line: bytes, file: Path, number: int) -> Record:
    try:
        return Record.from_json(loads(line))
    except (ValueError, RecursionError, BadRecord) as error:
        raise BadRecord(f"{file}#{number}: {error}") from error
