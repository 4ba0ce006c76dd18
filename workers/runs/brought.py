"""An adapter that somebody brings, looked at without loading it.

Whether it fits the base is seen when a worker puts it on: it is refused there if it does not.
"""

import json
from pathlib import Path
from typing import Any, Final

from rap_engine.checkpoints.adapter_folder import ADAPTER_FILES, CONFIG_FILE, WEIGHTS_FILE
from rap_engine.errors import BadAdapter

_LENGTH_BYTES: Final = 8
_LONGEST_HEADER: Final = 100_000_000
"""As in the format's own description."""


def check_adapter(folder: Path) -> None:
    """Check that a folder holds the configuration of a LoRA adapter and whole safetensors.

    Raises:
        BadAdapter: it does not; says what is wrong.
    """
    for file in ADAPTER_FILES:
        if not (folder / file).is_file():
            raise BadAdapter(f"{folder} has no {file}.")
    config = _json((folder / CONFIG_FILE).read_bytes())
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise BadAdapter(f"{folder / CONFIG_FILE} is not the configuration of a LoRA adapter.")
    _check_weights(folder / WEIGHTS_FILE)


def _check_weights(file: Path) -> None:
    """Check the header of safetensors, and that the file has all the bytes that it tells of."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(_LENGTH_BYTES), "little")
        header = _json(stream.read(length)) if length <= _LONGEST_HEADER else None
    if not isinstance(header, dict):
        raise BadAdapter(f"{file} is not safetensors.")
    tensors = [tensor for name, tensor in header.items() if name != "__metadata__"]
    try:
        ends = [int(tensor["data_offsets"][1]) for tensor in tensors]
    except (LookupError, TypeError, ValueError) as error:
        raise BadAdapter(f"{file} is not safetensors.") from error
    if not ends:
        raise BadAdapter(f"{file} holds no weights.")
    if file.stat().st_size != _LENGTH_BYTES + length + max(ends):
        raise BadAdapter(f"{file} is cut off, or longer than it says.")


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
