"""Where things lie in the data directory.

    <data_dir>/
      postgres/    the database
      logs/        one log a process
      run/         up.lock, system.json and the sockets

Sockets move to a private folder under the system's temporary directory when the data directory's
path is too long for a socket, or has characters that a URL would have to quote.
"""

import hashlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rapbot.errors import DataDirUnusable

# `sun_path` has 108 bytes with the closing zero (man 7 unix).
SOCKET_PATH_BYTES = 107
_LONGEST_SOCKET = Path("postgres") / ".s.PGSQL.5432"
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")

# Others may pass through: PostgreSQL does not run as root, and its own folder inside is 0700.
_PASS_THROUGH = 0o711
_PRIVATE = 0o700


@dataclass(frozen=True)
class Layout:
    """Paths of one data directory. `data_dir` is absolute and free of symlinks."""

    data_dir: Path

    @classmethod
    def of(cls, data_dir: Path) -> "Layout":
        """Return the layout of a data directory, which need not exist yet."""
        return cls(data_dir.expanduser().resolve())

    @property
    def postgres_dir(self) -> Path:
        """PostgreSQL's data."""
        return self.data_dir / "postgres"

    @property
    def logs_dir(self) -> Path:
        """One log a process."""
        return self.data_dir / "logs"

    @property
    def run_dir(self) -> Path:
        """What describes the running system."""
        return self.data_dir / "run"

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that name this data directory."""
        return hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]

    @cached_property
    def sockets_dir(self) -> Path:
        """Where the sockets' folders are."""
        longest = os.fsencode(self.run_dir / _LONGEST_SOCKET)
        if len(longest) <= SOCKET_PATH_BYTES and _PLAIN.fullmatch(str(self.run_dir)):
            return self.run_dir
        return Path(tempfile.gettempdir()) / f"rapbot-{os.geteuid()}-{self.fingerprint}"

    def socket_dir(self, service: str) -> Path:
        """Return the private folder of a service's socket."""
        return self.sockets_dir / service

    def log(self, name: str) -> Path:
        """Return the log of a process."""
        return self.logs_dir / f"{name}.log"

    def create(self) -> None:
        """Make the folders that are not there.

        Raises:
            DataDirUnusable: they cannot be made, or somebody else made them.
        """
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            for folder, mode in (
                (self.logs_dir, _PRIVATE),
                (self.run_dir, _PASS_THROUGH),
                (self.sockets_dir, _PASS_THROUGH),
                (self.socket_dir("postgres"), _PRIVATE),
                (self.socket_dir("valkey"), _PRIVATE),
                (self.socket_dir("door"), _PRIVATE),
            ):
                _make_own_folder(folder, mode)
        except OSError as error:
            raise DataDirUnusable(
                f"Cannot use the data directory {self.data_dir}: {error.strerror}. Run as the user"
                " that owns it, or set RAPBOT_DATA_DIR to a folder that you can write."
            ) from error


def _make_own_folder(folder: Path, mode: int) -> None:
    """Make a folder of this mode. One that exists must be ours: anybody can write to /tmp."""
    folder.mkdir(mode=mode, exist_ok=True)
    found = folder.lstat()
    ours = found.st_uid == os.geteuid() or os.geteuid() == 0
    if not stat.S_ISDIR(found.st_mode) or not ours:
        raise DataDirUnusable(
            f"{folder} is not a folder of this user. Remove it, or run as the user that owns it."
        )
    folder.chmod(mode)
