"""Adapters that a run goes on from."""

import hashlib
from pathlib import Path
from typing import Final

from rap_engine.training.errors import BadPlan

_WEIGHTS: Final = "adapter_model.safetensors"


def start_hash(folder: Path | None) -> str | None:
    """Return the SHA-256 of the weights of an adapter to go on from, hex; None without one.

    Raises:
        BadPlan: the folder has none.
    """
    if folder is None:
        return None
    try:
        with (folder / _WEIGHTS).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BadPlan(f"start_from: {folder} has no adapter: {error.strerror}.") from error
