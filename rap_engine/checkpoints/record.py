"""What is known of a folder of weights: where its files came from, and what they were."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from rap_engine.checkpoints.files import read_json, write_json
from rap_engine.checkpoints.sources import Source

RECORD = "fetched.json"
"""Written last into a folder: without it the folder is unfinished."""


class FetchedFile(BaseModel):
    """A file as it came."""

    model_config = ConfigDict(frozen=True)

    path: str
    size: int
    sha256: str


class Record(BaseModel):
    """Content of `fetched.json`.

    Attributes:
        source: the source as its recipe named it; None for a folder that was converted by hand.
        commit: what the source's revision stood for.
        files: files as they were fetched, also after they were converted and erased.
        vision_tower: the same of the vision tower that went into a conversion.
    """

    model_config = ConfigDict(frozen=True)

    source: dict[str, Any] | None = None
    commit: str | None = None
    files: tuple[FetchedFile, ...] = ()
    fetched_at: datetime | None = None
    converted_at: datetime | None = None
    vision_tower: "Record | None" = None

    @classmethod
    def of(
        cls, source: Source, files: tuple[FetchedFile, ...], commit: str | None = None
    ) -> "Record":
        """Return the record of files that came just now."""
        described = source.model_dump(mode="json")
        return cls(source=described, commit=commit, files=files, fetched_at=datetime.now(UTC))

    def converted(self, vision_tower: "Record | None" = None) -> "Record":
        """Return the record of what these files were converted to just now."""
        return self.model_copy(
            update={"converted_at": datetime.now(UTC), "vision_tower": vision_tower}
        )

    def is_of(self, source: Source) -> bool:
        """Whether the folder holds what this source names. One made by hand is taken as it is."""
        # A field that came later is null in what was fetched before.
        return self.source is None or _said(self.source) == _said(source.model_dump(mode="json"))

    def write(self, folder: Path) -> None:
        """Mark a folder as finished."""
        write_json(folder / RECORD, self.model_dump(mode="json", exclude_none=True))


def _said(value: Any) -> Any:
    """Return a described source without what it leaves open."""
    if not isinstance(value, dict):
        return value
    return {name: _said(each) for name, each in value.items() if each is not None}


BY_HAND = Record()
"""Of a folder that nobody fetched."""


def read_record(folder: Path) -> Record | None:
    """Return a finished folder's record; None for an unfinished one."""
    if not (folder / RECORD).is_file():
        return None
    try:
        return Record.model_validate(read_json(folder / RECORD) or {})
    except ValidationError:
        return BY_HAND
