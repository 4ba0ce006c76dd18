"""What the supervisor needs to know of a process that it keeps alive."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rapbot.services.identity import SAME_USER, Identity


@dataclass(frozen=True)
class Program:
    """A process to keep alive.

    Attributes:
        name: how lines and the log call it.
        command: absolute path of the program and its arguments.
        environment: all of its environment.
        log: where its output goes.
        identity: as whom it runs.
        stop_signal: what asks it to end cleanly.
        death_signal: what it gets from the kernel when the supervisor is killed.
        stop_timeout_s: how long it may take to end before it is killed.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    log: Path
    identity: Identity = SAME_USER
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    stop_timeout_s: float = 10.0


def tail(log: Path, lines: int = 5, within_bytes: int = 8192) -> str:
    """Return the last lines of a log, or nothing when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - within_bytes))
        text = stream.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-lines:])
