"""Adapters that a run goes on from."""

from pathlib import Path

from rap_engine.checkpoints.adapter_folder import sha256_of_adapter
from rap_engine.training.errors import BadPlan


def start_hash(folder: Path | None) -> str | None:
    """Return the SHA-256 of the weights of an adapter to go on from, hex; None without one.

    Raises:
        BadPlan: the folder has none.
    """
    if folder is None:
        return None
    try:
        return sha256_of_adapter(folder)
    except OSError as error:
        raise BadPlan(f"start_from: {folder} has no adapter: {error.strerror}.") from error
