"""The folder that holds fetched and converted weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rap_engine.checkpoints.adapter_folder import is_adapter
from rap_engine.checkpoints.record import RECORD, Record, read_record
from rap_engine.checkpoints.sources import Source
from rap_engine.errors import WeightsMissing

__all__ = ["RECORD", "State", "WeightsStore"]

State = Literal["missing", "outdated", "downloaded", "ready"]
"""Of a source: `downloaded` lacks its conversion, and `outdated` is what was fetched for another
revision, hash or choice of files."""


@dataclass(frozen=True, slots=True)
class WeightsStore:
    """Weights of all sources below one folder; each in a folder of its own.

    `downloaded` holds what a source gave, `ready` what a loader reads: the same folder, unless the
    source's layout asks for a conversion.
    """

    root: Path

    def downloaded(self, source: Source) -> Path:
        """Return the folder of a source's files as they were fetched."""
        return self.root / "downloaded" / source.slug

    def ready(self, source: Source) -> Path:
        """Return the folder that a loader reads, finished or not."""
        if source.layout == "as-is":
            return self.downloaded(source)
        return self.root / "converted" / source.slug

    @property
    def adapters(self) -> Path:
        """Folder of LoRA adapters, each in a folder of its name."""
        return self.root / "adapters"

    def adapter_names(self) -> list[str]:
        """Return the names of the adapters that are there: folders with an adapter's files."""
        if not self.adapters.is_dir():
            return []
        return sorted(folder.name for folder in self.adapters.iterdir() if is_adapter(folder))

    def is_ready(self, source: Source) -> bool:
        """Whether a loader can read the source's weights, and they are the source's."""
        return _is_of(read_record(self.ready(source)), source)

    def locate(self, source: Source, profile: str) -> Path:
        """Return the folder that a loader reads.

        Raises:
            WeightsMissing: it was not fetched, not to the end, or for what a recipe named before;
                says what to run.
        """
        if self.is_ready(source):
            return self.ready(source)
        found = f"The weights of {source.slug} are not in {self.root}."
        if self.state(source) == "outdated":
            found = (
                f"The weights of {source.slug} in {self.root} were fetched for another revision,"
                " hash or choice of files than the recipe names now."
            )
        raise WeightsMissing(f"{found} Run `rapbot weights fetch {profile}`.")

    def record(self, source: Source) -> Record | None:
        """Return what is known of the source's files, converted or not."""
        return read_record(self.ready(source)) or read_record(self.downloaded(source))

    def state(self, source: Source) -> State:
        """Return how far the source's weights are."""
        if self.is_ready(source):
            return "ready"
        if _is_of(read_record(self.downloaded(source)), source):
            return "downloaded"
        return "missing" if self.record(source) is None else "outdated"


def _is_of(record: Record | None, source: Source) -> bool:
    return record is not None and record.is_of(source)
