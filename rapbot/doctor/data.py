"""Checks of the data directory. They make nothing in it."""

import fcntl
import os
import shutil
import socket
import tempfile
from pathlib import Path

from config import Settings
from rapbot.doctor.finding import Finding
from rapbot.layout import Layout
from rapbot.services import identity
from rapbot.services.lock import running_system

_DISK_BYTES = 1 << 30
_SET_ANOTHER = "set RAPBOT_DATA_DIR to a folder on a local disk that you can write."


def data_dir_is_usable(settings: Settings) -> Finding:
    """Look whether it can be written and its files locked."""
    name = "data directory"
    layout = Layout.of(settings.data_dir)
    folder = _nearest(layout.data_dir)
    theirs = [
        path
        for path in (layout.postgres_dir, layout.run_dir, layout.logs_dir)
        if path.exists() and path.stat().st_uid != os.geteuid() != 0
    ]
    if theirs:
        return Finding.problem(
            name, f"{theirs[0]} belongs to another user", f"Run as that user, or {_SET_ANOTHER}"
        )
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return Finding.problem(
            name, f"{folder}: {error.strerror}", f"Run as the user that owns it, or {_SET_ANOTHER}"
        )
    return Finding.fine(name, str(layout.data_dir))


def disk_space(settings: Settings) -> Finding:
    """Look whether a database has room to grow."""
    name = "disk space"
    folder = _nearest(Layout.of(settings.data_dir).data_dir)
    free = shutil.disk_usage(folder).free
    seen = f"{free / 2**30:.1f} GiB free at {folder}"
    if free < _DISK_BYTES:
        return Finding.problem(name, seen, f"Free 1 GiB there, or {_SET_ANOTHER}")
    return Finding.fine(name, seen)


def sockets_work(settings: Settings) -> Finding:
    """Look whether the file system has sockets, and where ours are."""
    name = "sockets"
    layout = Layout.of(settings.data_dir)
    folder = _nearest(layout.sockets_dir)
    try:
        # Its own folder under a short path: only the file system is in question here.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as probe:
            _bind(Path(probe))
    except OSError as error:
        return Finding.problem(
            name, f"{folder}: {error.strerror}", f"Its file system has none: {_SET_ANOTHER}"
        )
    return Finding.fine(name, f"in {layout.sockets_dir}")


def can_leave_root(settings: Settings) -> Finding:
    """Look who would run PostgreSQL, which refuses root, and whether it gets to its data."""
    name = "user of PostgreSQL"
    layout = Layout.of(settings.data_dir)
    who = identity.for_postgres(layout.postgres_dir)
    if who.mode == "same":
        return Finding.fine(name, f"this one ({os.geteuid()})")
    seen = "root behind a user namespace" if who.mode == "namespace" else f"user {who.uid}"
    uid = 0 if who.mode == "namespace" else who.uid
    for folder in (*reversed(layout.data_dir.parents), layout.data_dir):
        if folder.exists() and not _may_enter(folder, uid):
            return Finding.problem(
                name,
                f"{seen} may not enter {folder}, since PostgreSQL runs without root's power",
                f"Run as the user that owns {folder}, or `chmod o+x` it, or {_SET_ANOTHER}",
            )
    return Finding.fine(name, seen)


def system_runs(settings: Settings) -> Finding:
    """Look whether a system runs on this data directory. Either is fine."""
    name = "system"
    system = running_system(settings.data_dir)
    if system is None:
        return Finding.fine(name, "not running; `rapbot up` starts it")
    return Finding.fine(name, f"running (process {system.pid}, profile {system.profile})")


def _nearest(path: Path) -> Path:
    """Return the path, or the first folder above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _may_enter(folder: Path, uid: int) -> bool:
    found = folder.stat()
    return bool(found.st_mode & (0o100 if found.st_uid == uid else 0o001))


def _bind(folder: Path) -> None:
    """Make a socket by a path that is short however long the folder's is."""
    opened = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(f"/proc/self/fd/{opened}/probe")
    finally:
        os.close(opened)
