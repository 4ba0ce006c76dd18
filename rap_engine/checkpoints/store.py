"""The folder that holds fetched and converted weights."""

from dataclasses import dataclass
from pathlib import Path

from rap_engine.checkpoints.sources import Source
from rap_engine.errors import WeightsMissing

RECORD = "fetched.json"
"""Written last into a folder: without it the folder is unfinished."""


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

    def is_ready(self, source: Source) -> bool:
        """Whether a loader can read the source's weights."""
        return (self.ready(source) / RECORD).is_file()

    def locate(self, source: Source, profile: str) -> Path:
        """Return the folder that a loader reads.

        Raises:
            WeightsMissing: it was not fetched, or not to the end; says what to run.
        """
        if not self.is_ready(source):
            raise WeightsMissing(
                f"The weights of {source.slug} are not in {self.root}."
                f" Run `rapbot weights fetch {profile}`."
            )
        return self.ready(source)
