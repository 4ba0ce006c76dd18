"""The tensors of described modules, by the names that `Module.state_dict()` gives them."""

from collections.abc import Iterator
from typing import Any

from rap_engine.checkpoints.torch_file.values import CheckpointUnreadable, Instance, TensorView

_DEEPEST = 64
_MOST_MODULES = 100_000
_MOST_TENSORS = 100_000
_LONGEST_NAME = 1000


def parameters_of(checkpoint: Any) -> dict[str, TensorView]:
    """Return parameters and persistent buffers of the model in an ultralytics checkpoint.

    The averaged weights (`ema`) are the model where there are any, as ultralytics loads it.

    Raises:
        CheckpointUnreadable: there is no module in the checkpoint, or no end of modules.
    """
    if not isinstance(checkpoint, dict):
        raise CheckpointUnreadable("The checkpoint is not a dictionary.")
    model = checkpoint.get("ema") or checkpoint.get("model")
    if not isinstance(model, Instance):
        raise CheckpointUnreadable("The checkpoint has no model.")
    found: dict[str, TensorView] = {}
    for name, view in _walk(model):
        if len(found) >= _MOST_TENSORS or len(name) > _LONGEST_NAME:
            raise CheckpointUnreadable("The checkpoint has names without an end.")
        found[name] = view
    return found


def _walk(root: Instance) -> Iterator[tuple[str, TensorView]]:
    waiting: list[tuple[str, int, Instance]] = [("", 0, root)]
    seen = 0
    while waiting:
        prefix, depth, module = waiting.pop()
        seen += 1
        if depth > _DEEPEST or seen > _MOST_MODULES or len(prefix) > _LONGEST_NAME:
            raise CheckpointUnreadable("The checkpoint has modules without an end.")
        for name, view in _own(module):
            yield prefix + name, view
        children = [
            (f"{prefix}{name}.", depth + 1, child)
            for name, child in _table(module, "_modules").items()
            if isinstance(child, Instance)
        ]
        waiting.extend(reversed(children))


def _own(module: Instance) -> Iterator[tuple[str, TensorView]]:
    passing = module.attributes.get("_non_persistent_buffers_set", ())
    skipped = {name for name in passing if isinstance(name, str)}
    tables = _table(module, "_parameters").items(), _table(module, "_buffers").items()
    for table, is_buffer in zip(tables, (False, True), strict=True):
        for name, view in table:
            if isinstance(view, TensorView) and not (is_buffer and name in skipped):
                yield name, view


def _table(module: Instance, name: str) -> dict[str, Any]:
    table = module.attributes.get(name, {})
    if not isinstance(table, dict) or not all(isinstance(key, str) for key in table):
        raise CheckpointUnreadable(f"The checkpoint has a module whose {name} is no dictionary.")
    return table
