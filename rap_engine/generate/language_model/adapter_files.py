"""An adapter's files, checked against the base before anything is changed."""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from peft import LoraConfig
from safetensors import SafetensorError
from safetensors.torch import load_file

from rap_engine.checkpoints.adapter_folder import CONFIG_FILE, WEIGHTS_FILE
from rap_engine.errors import BadAdapter

_PREFIX: Final = "base_model.model."
# All that an adapter may decide. What is left out matters in training alone, or names code.
_DECIDES: Final = frozenset({"r", "lora_alpha", "target_modules", "modules_to_save", "use_rslora"})
_CHANGES_NOTHING: Final = frozenset(
    {
        "base_model_name_or_path",
        "inference_mode",
        "init_lora_weights",
        "lora_dropout",
        "megatron_core",
        "peft_type",
        "peft_version",
        "qalora_group_size",
        "revision",
        "runtime_config",
        "task_type",
    }
)


@dataclass(frozen=True, slots=True)
class AdapterFiles:
    """A LoRA adapter that fits its base: configuration and weights, as they were saved."""

    config: LoraConfig
    weights: Mapping[str, torch.Tensor]


def read_adapter(folder: Path, base: torch.nn.Module) -> AdapterFiles:
    """Read an adapter of a base.

    Raises:
        BadAdapter: the folder holds none, it is not safetensors, or not of this base.
    """
    if not (folder / WEIGHTS_FILE).is_file():
        raise BadAdapter(
            f"{folder} holds no {WEIGHTS_FILE}: adapters are loaded from nothing else."
        )
    try:
        said = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
        weights = load_file(folder / WEIGHTS_FILE)
    except (OSError, ValueError, SafetensorError) as error:
        raise BadAdapter(f"{folder} cannot be read: {error}") from error
    _check_config(said, folder)
    replaced = tuple(said.get("modules_to_save") or ())
    adapted = _check_weights(weights, said["r"], replaced, base)
    config = LoraConfig(
        r=said["r"],
        lora_alpha=said["lora_alpha"],
        use_rslora=bool(said.get("use_rslora")),
        # Those that have weights, by their full names: a pattern could meet other layers too.
        target_modules=sorted(adapted),
        modules_to_save=list(replaced) or None,
        inference_mode=True,
    )
    return AdapterFiles(config, weights)


def _check_config(said: Any, folder: Path) -> None:
    if not isinstance(said, dict) or said.get("peft_type") != "LORA":
        raise BadAdapter(f"{folder} is not a LoRA adapter.")
    plain = vars(LoraConfig())
    unknown = [
        name
        for name, value in said.items()
        if name not in _DECIDES | _CHANGES_NOTHING and value and value != plain.get(name)
    ]
    if unknown:
        raise BadAdapter(f"{folder} uses {', '.join(sorted(unknown))}, which is not supported.")
    replaced = said.get("modules_to_save") or []
    usable = (
        isinstance(said.get("r"), int) and said["r"] > 0,
        isinstance(said.get("lora_alpha"), int | float) and math.isfinite(said["lora_alpha"]),
        isinstance(replaced, list) and all(isinstance(name, str) for name in replaced),
    )
    if not all(usable):
        raise BadAdapter(f"{folder} has no usable configuration.")


def _check_weights(
    weights: Mapping[str, torch.Tensor],
    rank: int,
    replaced: tuple[str, ...],
    base: torch.nn.Module,
) -> frozenset[str]:
    """Return the layers of the base that the adapter goes round."""
    factors: dict[str, set[str]] = {}
    brought: set[str] = set()
    for name, weight in weights.items():
        module, _, factor = name.removeprefix(_PREFIX).partition(".lora_")
        shape = tuple(weight.shape)
        if not name.startswith(_PREFIX):
            raise BadAdapter(f"The adapter has a weight for nothing in the base: {name}.")
        if not torch.isfinite(weight.float()).all():
            raise BadAdapter(f"The adapter's {name} has numbers that are none.")
        if factor:
            _check_factor(base, module, factor, shape, rank)
            factors.setdefault(module, set()).add(factor)
        elif among := _replaced_parts(module, replaced):
            _check_replacement(base, module, shape)
            brought |= among
        else:
            raise BadAdapter(f"The adapter brings {module}, which it does not say it replaces.")
    if not factors or any(found != {"A.weight", "B.weight"} for found in factors.values()):
        raise BadAdapter("The adapter's LoRA weights are not all there.")
    _check_replaced(replaced, brought, factors)
    return frozenset(factors)


def _replaced_parts(weight: str, replaced: tuple[str, ...]) -> set[str]:
    """Return which of the replaced modules a weight is of."""
    return set(weight.split(".")[:-1]) & set(replaced)


def _check_replaced(
    replaced: tuple[str, ...], brought: Collection[str], adapted: Collection[str]
) -> None:
    """Check that what an adapter replaces comes with it, and is nothing that it goes round."""
    for name in replaced:
        if name not in brought:
            raise BadAdapter(f"The adapter replaces {name}, and has no weights for it.")
        if any(name in layer.split(".") for layer in adapted):
            raise BadAdapter(f"The adapter replaces {name}, and adapts it too.")


def _check_factor(
    base: torch.nn.Module, module: str, factor: str, shape: tuple[int, ...], rank: int
) -> None:
    linear = _found(base, module)
    wanted = {
        "A.weight": (rank, getattr(linear, "in_features", None)),
        "B.weight": (getattr(linear, "out_features", None), rank),
    }
    if shape != wanted.get(factor):
        raise BadAdapter(f"The adapter's {module}.lora_{factor} {shape} is not of this base.")


def _check_replacement(base: torch.nn.Module, name: str, shape: tuple[int, ...]) -> None:
    path, _, last = name.rpartition(".")
    weight = getattr(inner_of(_found(base, path)), last, None)
    if not isinstance(weight, torch.Tensor) or tuple(weight.shape) != shape:
        raise BadAdapter(f"The adapter's {name} {shape} is not of this base.")


def _found(base: torch.nn.Module, path: str) -> torch.nn.Module:
    """Return a module by the path that it had before any adapter was put round it."""
    module = base
    for step in path.split("."):
        found = getattr(inner_of(module), step, None)
        if not isinstance(found, torch.nn.Module):
            raise BadAdapter(f"The adapter is for {path}, which the base does not have.")
        module = found
    return module


def inner_of(module: torch.nn.Module) -> torch.nn.Module:
    """Return what PEFT went round with a module, or the module itself."""
    inner: torch.nn.Module = getattr(
        module, "original_module", getattr(module, "base_layer", module)
    )
    return inner
