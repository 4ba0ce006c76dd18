"""LoRA adapters round a base that stays loaded: put on, switched, taken off."""

import warnings
from collections import OrderedDict
from collections.abc import Collection
from itertools import count
from pathlib import Path
from typing import Any, Final

import torch
from peft import PeftModel, set_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from peft.utils import ModulesToSaveWrapper

from rap_engine import torch_runtime
from rap_engine.checkpoints.adapter_folder import WEIGHTS_FILE
from rap_engine.errors import BadAdapter
from rap_engine.generate.language_model.adapter_files import (
    AdapterFiles,
    inner_of,
    read_adapter,
)

KEPT: Final = 3
"""Adapters that stay loaded. One of rank 128 for LLaVA-1.5-13B has 1 GB in half precision."""

_Version = tuple[Path, int, int]


class AdapterRack:
    """The adapters of one base. The base model itself is called, whichever of them is on."""

    def __init__(self, base: Any) -> None:
        self._base = base
        self._wrapped: Any = None
        self._loaded: OrderedDict[_Version, str] = OrderedDict()
        # PEFT makes module names of its names, and those can have no dots.
        self._names = (f"adapter{number}" for number in count())
        self.in_use: str | None = None

    def use(self, folder: Path | None) -> None:
        """Put an adapter on, or with None take off what is on.

        Raises:
            BadAdapter: it is no adapter of this base, or not safetensors; what is on stays on.
            OutOfMemory: the device has no room for it; what is on stays on.
        """
        if folder is None:
            self._switch(None)
            self.in_use = None
            return
        version = _version_of(folder)
        if version not in self._loaded:
            files = read_adapter(folder, self._base)
            try:
                with torch_runtime.memory_guarded():
                    self._load(version, files)
            except (KeyError, TypeError, ValueError, RuntimeError) as error:
                raise BadAdapter(f"{folder} cannot be put round the base: {error}") from error
        self._loaded.move_to_end(version)
        self._switch(self._loaded[version])
        self.in_use = folder.resolve().name
        self._forget_oldest()

    def _load(self, version: _Version, files: AdapterFiles) -> None:
        name = next(self._names)
        try:
            wrapped = self._with_empty_adapter(name, files)
            # PEFT reads the configuration of whatever is on, which may have been deleted.
            wrapped.set_adapter(name, inference_mode=True)
            set_peft_model_state_dict(wrapped, dict(files.weights), adapter_name=name)
            self._loaded[version] = name
            self._loaded.move_to_end(version, last=False)
        finally:
            if version not in self._loaded:
                self._give_up(name, files)
        self._base.eval().requires_grad_(False)

    def _with_empty_adapter(self, name: str, files: AdapterFiles) -> Any:
        if self._wrapped is not None:
            self._wrapped.add_adapter(name, files.config, autocast_adapter_dtype=False)
            return self._wrapped
        with warnings.catch_warnings():
            # PEFT asks for it by the old name, and transformers says so each time.
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
            self._wrapped = PeftModel(self._base, files.config, name, autocast_adapter_dtype=False)
        return self._wrapped

    def _give_up(self, name: str, files: AdapterFiles) -> None:
        """Take away an adapter that was not loaded to its end, and put on what was on."""
        _unwrap(self._base, set(self._loaded.values()))
        if not self._loaded:
            # PEFT cannot take away its only adapter, so it begins anew with the next one.
            self._wrapped = None
            vars(self._base).pop("peft_config", None)
            return
        self._switch(next(iter(self._loaded.values())))
        # PEFT forgets one that it could not add, and leaves its weights in the layers.
        self._wrapped.peft_config.setdefault(name, files.config)
        self._remove(name)
        self._switch(self._active())

    def _active(self) -> str | None:
        newest = next(reversed(self._loaded), None) if self.in_use is not None else None
        return None if newest is None else self._loaded[newest]

    def _switch(self, name: str | None) -> None:
        if self._wrapped is None:
            return
        tuner = self._wrapped.base_model
        if name is None:
            tuner.disable_adapter_layers()
        else:
            tuner.enable_adapter_layers()
            self._wrapped.set_adapter(name, inference_mode=True)

    def _forget_oldest(self) -> None:
        while len(self._loaded) > KEPT:
            _, name = self._loaded.popitem(last=False)
            self._remove(name)

    def _remove(self, name: str) -> None:
        if self._wrapped is not None and name in self._wrapped.peft_config:
            self._wrapped.delete_adapter(name)


def _unwrap(module: torch.nn.Module, kept: Collection[str]) -> None:
    """Give a model back the layers that PEFT went round for none of the adapters that are kept."""
    for name, child in list(module.named_children()):
        bare = child
        while _is_left_over(bare, kept):
            bare = inner_of(bare)
        if bare is not child:
            setattr(module, name, bare)
        _unwrap(bare, kept)


def _is_left_over(module: torch.nn.Module, kept: Collection[str]) -> bool:
    match module:
        case ModulesToSaveWrapper():
            return set(module.modules_to_save).isdisjoint(kept)
        case LoraLayer():
            return set(module.lora_A).isdisjoint(kept)
        case _:
            return False


def _version_of(folder: Path) -> _Version:
    """Return what tells an adapter from one that was written to the same folder later."""
    file = folder / WEIGHTS_FILE
    try:
        status = file.stat()
    except OSError as error:
        raise BadAdapter(f"{file} cannot be read: {error}") from error
    return folder.resolve(), status.st_mtime_ns, status.st_size
