"""The folder of a run: what lies in it, and what of that may stay when the run has ended."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from rap_engine.training.running.lifeline import LOCK_FILE, FolderInUse, alone_in

_RUNS: Final = "runs"
_HERE: Final = "here"
CONSENTED: Final = "consented"
_KEPT: Final = frozenset({".json", ".jsonl", ".log", ".png", ".csv", ".toml"})
_EVENTS: Final = "events.out.tfevents"
"""Settings, measures and pictures of curves. Records, photos, checkpoints and caches are not."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder on the trainer's machine, named by the run's number."""

    path: Path

    @classmethod
    def of(cls, training_dir: Path, run_id: int) -> Self:
        """Return the folder of a run; it need not be there."""
        return cls(training_dir / _RUNS / str(run_id))

    @property
    def consented(self) -> Path:
        """What people who agreed told, for as long as the run needs it."""
        return self.path / CONSENTED

    @property
    def log(self) -> Path:
        """What the run's process says on standard error."""
        return self.path / "run.log"

    @property
    def run_id(self) -> int:
        """The run's number."""
        return int(self.path.name)

    def begin_anew(self) -> None:
        """Delete everything: what was made of somebody's photos is not to be trained on."""
        for each in self.path.iterdir():
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            elif each.name != LOCK_FILE:
                each.unlink(missing_ok=True)

    def forget_consented(self) -> None:
        """Delete what people who agreed told."""
        shutil.rmtree(self.consented, ignore_errors=True)

    def clear(self) -> None:
        """Delete what only the run itself needed: photos of people first, then all that is big."""
        self.forget_consented()
        shutil.rmtree(self.path / "records", ignore_errors=True)
        for file in self.path.rglob("*"):
            if _is_to_go(file):
                file.unlink(missing_ok=True)
        for folder in sorted(self.path.rglob("*"), reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def clear_if_left(self) -> bool:
        """Do so unless somebody works in it still; say whether it was done."""
        try:
            with alone_in(self.path):
                self.clear()
        except FolderInUse:
            return False
        return True

    @property
    def is_cleared(self) -> bool:
        """Whether nothing is left that only the run itself needed."""
        return not any(_is_to_go(each) for each in self.path.rglob("*"))


def _is_to_go(file: Path) -> bool:
    is_kept = file.suffix in _KEPT or file.name == LOCK_FILE or file.name.startswith(_EVENTS)
    return file.is_file() and not is_kept


def run_folders(training_dir: Path) -> Iterator[RunFolder]:
    """Yield the folders of a trainer's runs; others in the same place are none of ours."""
    place = training_dir / _RUNS
    if place.is_dir():
        for path in sorted(place.iterdir()):
            if path.is_dir() and path.name.isdecimal():
                yield RunFolder(path)


def folder_here(training_dir: Path, name: str) -> Path:
    """Return the folder of a run that somebody does in the foreground, without a trainer."""
    return training_dir / _HERE / name
