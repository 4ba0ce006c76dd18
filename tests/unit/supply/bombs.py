"""Files that leave a mark when they are unpickled, in all forms that loaders know."""

import io
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch


@dataclass(frozen=True, slots=True)
class Bomb:
    """Whoever unpickles this makes a folder; a hostile file would do anything else."""

    marker: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


def _plain(protocol: int) -> Callable[[Bomb], bytes]:
    return lambda bomb: pickle.dumps({"weight": bomb}, protocol=protocol)


def _saved_by_torch(bomb: Bomb, *, as_zip: bool) -> bytes:
    written = io.BytesIO()
    torch.save({"weight": bomb}, written, _use_new_zipfile_serialization=as_zip)
    return written.getvalue()


def _modules(bomb: Bomb) -> bytes:
    """Return a file whose module has the bomb among its attributes, as ultralytics files do."""
    written = io.BytesIO()
    module = torch.nn.Module()
    module.model = torch.nn.Linear(1, 1)
    module.names = bomb  # type: ignore[assignment]
    torch.save({"model": module, "ema": None}, written)
    return written.getvalue()


FORMS: dict[str, Callable[[Bomb], bytes]] = {
    "pickle of words": _plain(0),
    "pickle": _plain(2),
    "newest pickle": _plain(pickle.HIGHEST_PROTOCOL),
    "torch.save": lambda bomb: _saved_by_torch(bomb, as_zip=True),
    "old torch.save": lambda bomb: _saved_by_torch(bomb, as_zip=False),
    "modules": _modules,
}
