"""As whom PostgreSQL runs: it refuses root, and no account must be made for it."""

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from rapbot.services import guard


@dataclass(frozen=True)
class Identity:
    """Who a guarded program is.

    `same` is the user that runs rapbot. `namespace` is still that user to the kernel, which keeps
    its rights on files, and `uid` to itself. `user` is another user for good.
    """

    mode: Literal["same", "namespace", "user"] = "same"
    uid: int = -1
    gid: int = -1

    def guarded(self, command: tuple[str, ...], death_signal: int) -> list[str]:
        """Return the command line that runs `command` as this user until this process dies.

        The kernel counts the thread that starts the process as its parent.
        """
        return [
            *(sys.executable, "-I", "-S", guard.__file__),
            *(str(os.getpid()), str(death_signal), self.mode, str(self.uid), str(self.gid)),
            *command,
        ]

    def own(self, path: Path) -> None:
        """Give a folder to this user."""
        if self.mode == "user":
            os.chown(path, self.uid, self.gid)


SAME_USER = Identity()


def for_postgres(postgres_dir: Path) -> Identity:
    """Choose who runs PostgreSQL on this data, made or still to be made."""
    if os.geteuid() != 0:
        return SAME_USER
    owner = postgres_dir.stat() if postgres_dir.exists() else None
    if owner is not None and owner.st_uid != 0:
        return Identity("user", owner.st_uid, owner.st_gid)
    if namespaces_work():
        return in_namespace()
    return Identity("user", *_somebody())


def in_namespace() -> Identity:
    """Return root's identity behind a user namespace."""
    return Identity("namespace", *_somebody())


@cache
def namespaces_work() -> bool:
    """Tell whether this process may make a user namespace. Containers often may not."""
    nothing = (sys.executable, "-I", "-S", "-c", "")
    probe = subprocess.run(  # noqa: S603
        in_namespace().guarded(nothing, death_signal=9),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return probe.returncode == 0


def _somebody() -> tuple[int, int]:
    """Return uid and gid of an account without power; `initdb` wants one that has a name."""
    accounts = [account for account in pwd.getpwall() if account.pw_uid != 0]
    nobody = [account for account in accounts if account.pw_name == "nobody"]
    chosen = (nobody or accounts)[0]
    return chosen.pw_uid, chosen.pw_gid
