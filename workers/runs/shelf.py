"""The adapters of the weights folder: one is copied there whole or not at all, and once there it is
never written over.
"""

import errno
import filecmp
import os
import re
import shutil
from pathlib import Path
from typing import Final

from rap_engine.checkpoints.adapter_folder import ADAPTER_FILES
from rap_engine.checkpoints.files import check_room, disk_full_told
from rap_engine.checkpoints.store import WeightsStore
from rap_engine.errors import BadAdapter
from workers.runs.refusals import AdapterKnown

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_INCOMING: Final = ".incoming"
"""One level deeper than adapters are looked for."""


def shelve(store: WeightsStore, folder: Path, name: str) -> None:
    """Copy an adapter's two files into the weights folder, where nobody ever sees a part of it.

    One that lies there already, with the same files, stays as it is.

    Raises:
        AdapterKnown: another one has that name.
        BadAdapter: it cannot have that name.
        DiskFull: there is no room.
    """
    if not _NAME.fullmatch(name):
        raise BadAdapter(f"{name!r} cannot be a name: letters, digits and `._-`, at most 64.")
    target = store.adapters / name
    if target.exists():
        _check_same(folder, target)
        return
    check_room(store.adapters, sum((folder / file).stat().st_size for file in ADAPTER_FILES))
    incoming = store.adapters / _INCOMING / name
    shutil.rmtree(incoming, ignore_errors=True)
    with disk_full_told():
        incoming.mkdir(parents=True)
        for file in ADAPTER_FILES:
            _copy(folder / file, incoming / file)
    _put(incoming, target)


def _check_same(folder: Path, target: Path) -> None:
    _, different, missing = filecmp.cmpfiles(folder, target, ADAPTER_FILES, shallow=False)
    if different or missing:
        raise _known(target)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _put(incoming: Path, target: Path) -> None:
    try:
        incoming.rename(target)  # onto a folder that holds something it is refused
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        raise _known(target) from error


def _known(target: Path) -> AdapterKnown:
    return AdapterKnown(
        f"There is an adapter {target.name} in {target.parent}. Choose another name."
    )
