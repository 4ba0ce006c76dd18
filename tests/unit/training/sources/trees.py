"""Small trees of files in the layouts of data sets, and skips that remember what they were told."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from rap_engine.training.plan import Layout, SourcePlan
from rap_engine.training.records import Record
from rap_engine.training.scene import Scene, SceneSource
from rap_engine.training.skips import Reason, Skips
from rap_engine.training.sources import RecordSource, open_source


@dataclass
class Heard(Skips):
    """Skips with the paths, as they go into the log."""

    told: list[tuple[Reason, str]] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)

    def note(self, source: str, reason: Reason, path: str, detail: str = "") -> None:
        self.told.append((reason, path))
        self.sources.add(source)
        super().note(source, reason, path, detail)


def photo(path: Path, width: int = 100, height: int = 50) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), "teal").save(path, "JPEG")
    return path


def no_photo(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"just words")
    return path


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def scenes(layout: Layout, folder: Path, split: str = "train") -> tuple[list[Scene], Heard]:
    heard = Heard()
    source = open_source(SourcePlan(layout=layout, folder=folder, split=split))
    assert not isinstance(source, RecordSource)
    found = _scenes(source, heard)
    assert heard.total == len(heard.told)
    assert heard.sources <= {source.name}
    return found, heard


def _scenes(source: SceneSource, heard: Heard) -> list[Scene]:
    return list(source.scenes(heard))


def records(layout: Layout, folder: Path, split: str = "train") -> tuple[list[Record], Heard]:
    heard = Heard()
    source = open_source(SourcePlan(layout=layout, folder=folder, split=split))
    assert isinstance(source, RecordSource)
    return list(source.records(heard)), heard
