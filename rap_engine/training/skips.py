"""What was passed over while a source was read: told with its path, and counted."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

from config.logs import get_logger

Reason = Literal[
    "missing_file", "broken_annotation", "unreadable_photo", "broken_record", "no_annotation"
]
# A data set whose photos lie elsewhere would fill the log with a million lines.
_MOST_TOLD: Final = 20
_log = get_logger(__name__)


@dataclass(slots=True)
class Skips:
    """Counts by source and reason; the first few of each are told in the log one by one."""

    counts: Counter[tuple[str, Reason]] = field(default_factory=Counter)

    def note(self, source: str, reason: Reason, path: str, detail: str = "") -> None:
        """Note that something was passed over.

        Args:
            source: the data set's name.
            reason: what is wrong.
            path: of the file, with the entry in it where that helps: `refs.json#17`.
            detail: the error's own words.
        """
        self.counts[source, reason] += 1
        if self.counts[source, reason] <= _MOST_TOLD:
            _log.warning("skipped", source=source, reason=reason, path=path, detail=detail)

    @property
    def total(self) -> int:
        """How many were passed over."""
        return self.counts.total()

    def to_json(self) -> dict[str, dict[str, int]]:
        """Return the counts by source, then by reason."""
        said: dict[str, dict[str, int]] = {}
        for (source, reason), count in sorted(self.counts.items()):
            said.setdefault(source, {})[reason] = count
        return said
