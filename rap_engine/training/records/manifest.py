"""What a folder of records is: `records.json` beside its shards."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from rap_engine.checkpoints.files import read_json
from rap_engine.training.records.record import BadRecord

MANIFEST: Final = "records.json"


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of records."""

    file: str
    records: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder of records is.

    Attributes:
        kinds: How many records of each kind.
        shards: The files, in order.
        skips: What was passed over while they were made, by source and reason.
        plan_hash: Of the plan that they were made by.
        data_hash: SHA-256 over the shards' hashes: the same records, the same hash.
    """

    kinds: dict[str, int]
    shards: tuple[Shard, ...]
    skips: dict[str, dict[str, int]]
    plan_hash: str
    data_hash: str

    @property
    def records(self) -> int:
        """How many records there are."""
        return sum(shard.records for shard in self.shards)

    def to_json(self) -> dict[str, Any]:
        """Return what `records.json` holds."""
        return {
            "records": self.records,
            "kinds": self.kinds,
            "shards": [
                {"file": each.file, "records": each.records, "sha256": each.sha256}
                for each in self.shards
            ],
            "skips": self.skips,
            "plan_hash": self.plan_hash,
            "data_hash": self.data_hash,
        }

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a folder's manifest.

        Raises:
            BadRecord: there is none, or it is not one.
        """
        said = read_json(folder / MANIFEST)
        try:
            shards = tuple(
                Shard(_bare(each["file"]), int(each["records"]), str(each["sha256"]))
                for each in said["shards"]
            )
            return cls(
                dict(said["kinds"]), shards, said["skips"], said["plan_hash"], said["data_hash"]
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadRecord(f"{folder / MANIFEST}: missing, or no manifest of records") from error


def _bare(name: Any) -> str:
    if not isinstance(name, str) or Path(name).name != name:
        raise ValueError("a shard outside of its folder")
    return name
