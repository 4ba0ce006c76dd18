"""Adapters that ship with this package: small enough to, and their base is fetched."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

ShippedAdapter = Literal["rap-mini"]
_FOLDER: Final = Path(__file__).parent / "small_llava" / "adapters"
_WEIGHTS: Final = "adapter_model.safetensors"


def shipped_adapter(name: ShippedAdapter) -> Path:
    """Return an adapter's folder, as PEFT reads it."""
    return _FOLDER / name


@lru_cache
def digest_of(name: ShippedAdapter) -> str:
    """Return the SHA-256 of an adapter's weights, hex."""
    return sha256((shipped_adapter(name) / _WEIGHTS).read_bytes()).hexdigest()
