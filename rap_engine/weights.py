"""Model files that ship in installed packages: found, and checked before anything reads them."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from rap_engine.errors import WeightsCorrupt, WeightsMissing

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file of a pinned package, named by its SHA-256."""

    distribution: str
    module: str
    path: str
    sha256: str

    def locate(self) -> Path:
        """Return where the file is, once its content has been checked.

        Raises:
            WeightsMissing: the package is not installed.
            WeightsCorrupt: the file is another one than was pinned.
        """
        spec = find_spec(self.module)
        folders = spec.submodule_search_locations if spec is not None else None
        if not folders:
            raise WeightsMissing(
                f"The package {self.distribution} is not installed. Run `make run`."
            )
        file = Path(folders[0]) / self.path
        if not file.is_file():
            raise WeightsMissing(
                f"{file} of the package {self.distribution} is missing."
                " Run `make clean`, then `make run`."
            )
        found = sha256_of(file)
        if found != self.sha256:
            raise WeightsCorrupt(
                f"{file} of the package {self.distribution} has SHA-256 {found}, not"
                f" {self.sha256}. It is not loaded. Run `make clean`, then `make run`."
            )
        return file


@cache
def sha256_of(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; read once a process."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
