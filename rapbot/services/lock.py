"""One system a data directory, and how other verbs find it."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rapbot.errors import AlreadyRunning, DataDirUnusable
from rapbot.layout import Layout

_LOCK = "up.lock"
_DESCRIPTION = "system.json"
# A reader holds the lock for an instant to see that it is free.
_ATTEMPTS = 5
_PAUSE_S = 0.05


@dataclass(frozen=True)
class System:
    """A running system, as other verbs find it. The URLs can hold passwords."""

    pid: int
    profile: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)


@contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """Hold the data directory's lock. The kernel lets go of it when this process dies.

    Raises:
        AlreadyRunning: another process holds it.
        DataDirUnusable: it cannot be locked.
    """
    lock = _open(layout.run_dir / _LOCK)
    try:
        if not _taken(lock):
            system = _described(layout)
            raise AlreadyRunning(layout.data_dir, system.pid if system else None)
        # What an earlier process wrote and, being killed, did not remove.
        _description(layout).unlink(missing_ok=True)
        try:
            yield
        finally:
            _description(layout).unlink(missing_ok=True)
    finally:
        os.close(lock)


def announce(layout: Layout, system: System) -> None:
    """Let other verbs find the system. The caller holds the lock."""
    unfinished = _description(layout).with_suffix(".unfinished")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:  # noqa: PTH123
        json.dump(asdict(system), stream)
    unfinished.replace(_description(layout))


def running_system(data_dir: Path) -> System | None:
    """Return the system that runs on this data directory and is ready, if there is one."""
    layout = Layout.of(data_dir)
    if not (layout.run_dir / _LOCK).exists():
        return None
    lock = _open(layout.run_dir / _LOCK)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _described(layout)
    finally:
        os.close(lock)
    return None


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DataDirUnusable(
            f"Cannot open {path}: {error.strerror}. Run as the user that owns the data directory,"
            " or set RAPBOT_DATA_DIR to another one."
        ) from error


def _taken(lock: int) -> bool:
    for _ in range(_ATTEMPTS):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        except OSError as error:
            raise DataDirUnusable(
                f"This file system cannot lock files ({error.strerror}). Set RAPBOT_DATA_DIR to a"
                " folder on a local disk."
            ) from error
        else:
            return True
    return False


def _description(layout: Layout) -> Path:
    return layout.run_dir / _DESCRIPTION


def _described(layout: Layout) -> System | None:
    try:
        return System(**json.loads(_description(layout).read_text()))
    except FileNotFoundError:
        return None
