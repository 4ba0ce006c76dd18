"""What can go wrong around the processes. Each message is a sentence for the person who typed.

RapError
└── OperationError        a verb of `rapbot` cannot go on
    ├── BadSettings       a setting has a value that it cannot have
    ├── DataDirUnusable   the data directory cannot be written, locked or trusted
    ├── AlreadyRunning    a system runs on this data directory
    ├── NotInstalled      a server's binaries are not in this environment
    └── ProgramFailed     a process that we started does not do its work
"""

from pathlib import Path
from typing import ClassVar

from rap_engine.errors import RapError


class OperationError(RapError):
    """A verb of `rapbot` cannot go on; the message says what to do."""

    code: ClassVar[str] = "operation"


class BadSettings(OperationError):
    """A setting has a value that it cannot have."""


class DataDirUnusable(OperationError):
    """The data directory cannot be written, locked or trusted."""


class AlreadyRunning(OperationError):
    """A system runs on this data directory."""

    def __init__(self, data_dir: Path, pid: int | None) -> None:
        who = f" (process {pid})" if pid else ""
        super().__init__(
            f"rapbot is already running on {data_dir}{who}. Talk to it with `rapbot chat`, stop it"
            " with Ctrl-C in its terminal, or set RAPBOT_DATA_DIR to start a second one."
        )
        self.pid = pid


class NotInstalled(OperationError):
    """A server's binaries are not in this environment."""

    def __init__(self, server: str, package: str) -> None:
        super().__init__(
            f"{server} is not installed here: the package {package} is missing or has no binary for"
            " this machine. Run `make run`, or set RAPBOT_DATABASE_URL and RAPBOT_REDIS_URL to use"
            " servers of your own."
        )


class ProgramFailed(OperationError):
    """A process that we started does not do its work."""

    def __init__(self, name: str, what: str, log: Path, tail: str) -> None:
        quoted = f" It said last:\n{tail}" if tail else ""
        super().__init__(f"{name} {what}. Its log is {log}.{quoted}")
