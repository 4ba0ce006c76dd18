"""Adapters that a run goes on from."""

import hashlib
from pathlib import Path
from typing import Final

from rap_engine.training.errors import BadPlan

_WEIGHTS: Final = "adapter_model.safetensors"


def start_hash(folder: Path) -> str:
    """Return the SHA-256 of the weights of an adapter to go on from, hex.

    Raises:
        BadPlan: there is none.
    """
    try:
        with (folder / _WEIGHTS).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BadPlan(f"start_from: {folder} has no adapter: {error.strerror}.") from error
