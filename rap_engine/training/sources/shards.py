"""Records that were made before: a folder of our own shards (`records.shards`)."""

from collections.abc import Iterator
from pathlib import Path

from rap_engine.training.errors import BadSource
from rap_engine.training.records import BadRecord, Record, ShardedRecords
from rap_engine.training.skips import Skips
from rap_engine.training.sources.files import PhotoFinder, inside
from rap_engine.training.sources.photographed import with_photos


class OwnShards:
    """Records of a folder, which has no splits. Absolute paths in them are ours, and are kept."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        try:
            self._records = ShardedRecords(folder)
        except BadRecord as error:
            raise BadSource(str(error)) from error

    def records(self, skips: Skips) -> Iterator[Record]:
        """Yield the records whose photos are still there, in order."""
        finder = PhotoFinder(self.name, skips)
        for number in range(len(self._records)):
            try:
                record = self._records[number]
            except BadRecord as error:
                skips.note(self.name, "broken_record", f"record {number}", str(error))
                continue
            folder = self._records.folder
            if kept := with_photos(record, finder, folder, record.id, _place):
                yield kept


def _place(folder: Path, said: str) -> Path:
    return Path(said) if Path(said).is_absolute() else inside(folder, said)
