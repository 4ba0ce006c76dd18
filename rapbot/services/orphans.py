"""Finds and ends what a killed supervisor left behind.

The kernel tells children that their supervisor died (`guard`), but not their own children, and a
child may be killed in the middle of ending. So every process that we start carries a mark of its
data directory, and the next start looks for it.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from rapbot.errors import DataDirUnusable
from rapbot.layout import Layout

_VARIABLE = "RAPBOT_MARK"
_PROC = Path("/proc")
_POLL_S = 0.05


def mark(layout: Layout) -> str:
    """Return the text that names this data directory's processes."""
    return f"rapbot:{layout.fingerprint}"


def marked(layout: Layout) -> dict[str, str]:
    """Return the environment variable that marks a process and its children."""
    return {_VARIABLE: mark(layout)}


def end_orphans(layout: Layout, timeout_s: float = 30.0) -> int:
    """End every process of this data directory. The caller holds its lock.

    PostgreSQL gets time to write what it has; what is left after `timeout_s` is killed.

    Returns:
        How many there were.

    Raises:
        DataDirUnusable: one of them cannot be ended.
    """
    found = _orphans(layout)
    if found:
        for pid in found:
            # "Fast" for PostgreSQL's first process, "end this query" for its others.
            _send(pid, signal.SIGINT if _is_postgres(pid) else signal.SIGKILL)
        if not _gone(layout, timeout_s):
            for pid in _orphans(layout):
                _send(pid, signal.SIGKILL)
            if not _gone(layout, timeout_s):
                raise DataDirUnusable(
                    f"Processes {_orphans(layout)} of an earlier run on {layout.data_dir} do not"
                    " end. End them, then start again."
                )
    # Nothing uses it now, and PostgreSQL would believe that its number, given anew, is it.
    (layout.postgres_dir / "postmaster.pid").unlink(missing_ok=True)
    return len(found)


def _orphans(layout: Layout) -> list[int]:
    wanted = mark(layout).encode()
    return [pid for pid in _processes() if wanted in _described(pid)]


def _processes() -> Iterator[int]:
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            yield int(entry.name)


def _described(pid: int) -> bytes:
    """Return arguments and environment. PostgreSQL's `cluster_name` is among its arguments."""
    return _read(pid, "cmdline") + _read(pid, "environ")


def _is_postgres(pid: int) -> bool:
    return Path(os.fsdecode(_read(pid, "comm").strip())).name.startswith("postgres")


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:  # it ended, or is somebody else's
        return b""


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _gone(layout: Layout, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while _orphans(layout):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True
