"""Adapters that ship with this package: small enough to, and their base is fetched."""

from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from rap_engine.checkpoints.adapter_folder import sha256_of_adapter

ShippedAdapter = Literal["rap-mini"]
_FOLDER: Final = Path(__file__).parent / "small_llava" / "adapters"


def shipped_adapter(name: ShippedAdapter) -> Path:
    """Return an adapter's folder, as PEFT reads it."""
    return _FOLDER / name


@lru_cache
def sha256_of_shipped(name: ShippedAdapter) -> str:
    """Return the SHA-256 of an adapter's weights, hex."""
    return sha256_of_adapter(shipped_adapter(name))
