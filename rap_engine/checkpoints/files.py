"""Folders that are finished or not there, room on the disk, and the record of a folder."""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rap_engine.checkpoints.errors import DiskFull

_RESERVE = 200_000_000
_GIGABYTE = 1e9


def check_room(folder: Path, needed: int) -> None:
    """Check that a disk has room for `needed` bytes, and some for everybody else.

    Raises:
        DiskFull: it has not.
    """
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    if free < needed + _RESERVE:
        raise DiskFull(
            f"{folder} needs {needed / _GIGABYTE:.1f} GB, and {free / _GIGABYTE:.1f} GB are free"
            " there. Free some, or set RAPBOT_WEIGHTS_FOLDER to a folder on a larger disk."
        )


@contextmanager
def disk_full_told() -> Iterator[None]:
    """Turn the system's error about a full disk into ours.

    Raises:
        DiskFull: the block filled the disk.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(
            "The disk is full. Free some room, and run the same again: what is finished is kept."
        ) from error


def write_whole(target: Path, write: Callable[[Path], None]) -> None:
    """Have a folder written beside its place, and moved there when it is finished.

    What an interrupted run left is removed first, and so is an older folder in the end.
    """
    unfinished = target.with_name(f".{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        with disk_full_told():
            write(unfinished)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    if target.exists():
        shutil.rmtree(target)
    unfinished.replace(target)


def write_json(path: Path, value: Any) -> None:
    """Write a file that is there whole or not at all, also after a power failure.

    Raises:
        DiskFull: there is no room.
    """
    beside = path.with_name(f".{path.name}.part")
    with disk_full_told():
        with beside.open("w", encoding="utf-8") as file:
            file.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)


def read_json(path: Path) -> Any:
    """Return a file's value; None if there is no such file, or it holds no JSON."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
