"""transformers, imported when a conversion begins: it takes seconds."""

from importlib import import_module
from typing import Any

from rap_engine.torch_runtime import import_torchvision


def transformers() -> Any:
    """Return the library, imported without a network and beside any build of torchvision."""
    import_torchvision()
    return import_module("transformers")
