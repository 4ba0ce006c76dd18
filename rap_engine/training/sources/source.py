"""What a source is to those who build records of it."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from rap_engine.training.records import Record
from rap_engine.training.skips import Skips


@runtime_checkable
class RecordSource(Protocol):
    """A data set on disk that is records already."""

    @property
    def name(self) -> str:
        """The data set's name, which begins the ids of its records."""

    def records(self, skips: Skips) -> Iterator[Record]:
        """Yield its records in a fixed order, one at a time in memory; paths in them are absolute.

        Args:
            skips: told of each missing file, broken record and unreadable photo passed over.
        """
