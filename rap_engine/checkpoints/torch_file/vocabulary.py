"""Names that a checkpoint may have, and what a call of them stands for."""

from collections.abc import Callable
from typing import Any

from rap_engine.checkpoints.torch_file.values import (
    STORAGE_TYPES,
    CheckpointUnreadable,
    CopyBudget,
    Global,
    Instance,
    quote,
    tensor_of,
)

_ORDERED_DICT = "collections OrderedDict"
_KNOWN_CALLS: dict[str, Callable[[Any], Any]] = {
    "torch._utils _rebuild_tensor_v2": tensor_of,
    "torch._utils _rebuild_parameter": lambda arguments: arguments[0],
}
_STATE_NAMES = frozenset({_ORDERED_DICT, *_KNOWN_CALLS, *STORAGE_TYPES})
# Packages whose objects are described in a file of modules, and plain types of Python's own.
_MODULE_PACKAGES = frozenset(
    {"argparse", "collections", "datetime", "numpy", "pathlib", "torch", "types", "ultralytics"}
)
_SETS = frozenset({"builtins set", "__builtin__ set", "builtins frozenset"})
_PLAIN_TYPES = frozenset(
    f"{module} {name}"
    for module in ("builtins", "__builtin__")
    for name in ("bytearray", "complex", "dict", "frozenset", "list", "range", "set", "slice")
) | {"_codecs encode"}


class StateNames:
    """The names of a state dictionary: tensors in dictionaries, and nothing else.

    One for each file: `copies` is what that file has left.
    """

    def __init__(self) -> None:
        self.copies = CopyBudget()

    def known(self, name: str) -> Global:
        """Return a name as a value.

        Raises:
            CheckpointUnreadable: files of this kind have no such name.
        """
        if name not in _STATE_NAMES:
            raise CheckpointUnreadable(f"The checkpoint refers to {quote(name)}.")
        return Global(name)

    def call(self, function: Any, arguments: Any) -> Any:
        """Return what a call would have given: a dictionary, a tensor, or a description.

        Raises:
            CheckpointUnreadable: files of this kind call no such name.
        """
        name = function.name if isinstance(function, Global) else ""
        if name == _ORDERED_DICT and not arguments:
            return {}
        if name in _KNOWN_CALLS:
            return _KNOWN_CALLS[name](arguments)
        return self._describe(name)

    def _describe(self, name: str) -> Any:
        raise CheckpointUnreadable(f"The checkpoint calls {quote(name)}.")


class ModuleNames(StateNames):
    """The names of a file that holds whole modules; their objects are described, not made."""

    def call(self, function: Any, arguments: Any) -> Any:
        """See `StateNames`. A set is read as a list: its items need not be hashed."""
        if isinstance(function, Global) and function.name in _SETS:
            if not arguments:
                return []
            self.copies.spend(len(arguments[0]))
            return list(arguments[0])
        return super().call(function, arguments)

    def known(self, name: str) -> Global:
        """See `StateNames`."""
        package = name.split(" ", maxsplit=1)[0].split(".", maxsplit=1)[0]
        if package not in _MODULE_PACKAGES and name not in _PLAIN_TYPES:
            raise CheckpointUnreadable(f"The checkpoint refers to {quote(name)}.")
        return Global(name)

    def _describe(self, name: str) -> Any:
        return Instance(name)
