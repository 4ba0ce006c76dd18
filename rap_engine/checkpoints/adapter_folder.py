"""A LoRA adapter on disk: the folder that PEFT writes and reads."""

import hashlib
from pathlib import Path
from typing import Final

CONFIG_FILE: Final = "adapter_config.json"
WEIGHTS_FILE: Final = "adapter_model.safetensors"
ADAPTER_FILES: Final = (CONFIG_FILE, WEIGHTS_FILE)


def is_adapter(folder: Path) -> bool:
    """Whether a folder has an adapter's files; what is in them is not looked at."""
    return all((folder / file).is_file() for file in ADAPTER_FILES)


def sha256_of_adapter(folder: Path) -> str:
    """Return the SHA-256 of an adapter's weights, hex, as they are now.

    Raises:
        OSError: they cannot be read.
    """
    with (folder / WEIGHTS_FILE).open("rb") as weights:
        return hashlib.file_digest(weights, "sha256").hexdigest()
