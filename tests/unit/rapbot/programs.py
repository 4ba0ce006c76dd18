"""Small programs to supervise."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from rapbot.services.program import Program


def python(folder: Path, script: str, name: str = "child", **chosen: object) -> Program:
    """A program that runs a script; it finds the folder in `sys.argv[1]`."""
    return Program(
        name=name,
        command=(sys.executable, "-S", "-c", script, str(folder)),
        environment={},
        log=folder / f"{name}.log",
        **chosen,  # type: ignore[arg-type]
    )


def eventually(happened: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    """Wait until it happened."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.02)
    return False


def alive(pid: int) -> bool:
    """Tell whether a process lives; one that waits to be reaped does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
