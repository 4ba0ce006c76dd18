"""Checkpoints of a run: safetensors and JSON in a folder that is there whole or not at all.

What transformers would write has pickled parts (`optimizer.pt`, `scheduler.pt`, `rng_state.pth`,
`training_args.bin`), and is not written at once. Random numbers need no file: each step's are
drawn from the run's seed and the step's number.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file

from rap_engine import torch_runtime
from rap_engine.errors import WeightsCorrupt

STATE_FILE: Final = "trainer_state.json"
_WEIGHTS, _OPTIMIZER, _SETTINGS = "learned.safetensors", "optimizer.safetensors", "settings.json"
_NAME: Final = "checkpoint-"
_KEPT: Final = 2


def newest(folder: Path) -> Path | None:
    """Return the newest checkpoint below a folder, if there is any."""
    found = sorted(folder.glob(f"{_NAME}*"), key=_step_of)
    return found[-1] if found else None


def write(folder: Path, step: int, learned: Mapping[str, torch.Tensor], trainer: Any) -> None:
    """Write a checkpoint, then remove all but the newest two.

    Args:
        folder: of all checkpoints of the run.
        step: after which this one is.
        learned: what learns, by name.
        trainer: whose optimiser, scheduler and state are written.
    """
    part = folder / f".{_NAME}{step}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    save_file({name: weight.detach() for name, weight in learned.items()}, part / _WEIGHTS)
    tensors, settings = _parted(trainer.optimizer.state_dict())
    save_file(tensors, part / _OPTIMIZER)
    settings["scheduler"] = trainer.lr_scheduler.state_dict()
    (part / _SETTINGS).write_text(json.dumps(settings), "utf-8")
    trainer.state.save_to_json(str(part / STATE_FILE))
    _settle(part)
    whole = folder / f"{_NAME}{step}"
    shutil.rmtree(whole, ignore_errors=True)
    part.replace(whole)
    _settle_folder(folder)
    for old in sorted(folder.glob(f"{_NAME}*"), key=_step_of)[:-_KEPT]:
        shutil.rmtree(old)


def read_learned(checkpoint: Path, learned: Mapping[str, torch.nn.Parameter]) -> None:
    """Put a checkpoint's weights into what learns.

    Raises:
        WeightsCorrupt: they are not those of this adapter.
    """
    file = checkpoint / _WEIGHTS
    kept = torch_runtime.read_tensors(file)
    shapes = {name: weight.shape for name, weight in learned.items()}
    if {name: weight.shape for name, weight in kept.items()} != shapes:
        raise WeightsCorrupt(f"{file} is not of this adapter.")
    for name, weight in learned.items():
        weight.data.copy_(kept[name])


def read_optimizer(checkpoint: Path, optimizer: Any, scheduler: Any) -> None:
    """Put a checkpoint's state into optimiser and scheduler."""
    settings = json.loads((checkpoint / _SETTINGS).read_text("utf-8"))
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in torch_runtime.read_tensors(checkpoint / _OPTIMIZER).items():
        number, _, what = name.partition(".")
        state.setdefault(int(number), {})[what] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": settings["groups"]})
    scheduler.load_state_dict(settings["scheduler"])


def read_history(checkpoint: Path) -> tuple[int, list[dict[str, float]]]:
    """Return after which step a checkpoint is, and what was logged up to there."""
    state = json.loads((checkpoint / STATE_FILE).read_text("utf-8"))
    return int(state["global_step"]), list(state["log_history"])


def _parted(state: Mapping[str, Any]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Return an optimiser's state as tensors by name, and what is left of it."""
    tensors = {
        f"{number}.{what}": value.contiguous()
        for number, values in state["state"].items()
        for what, value in values.items()
    }
    return tensors, {"groups": state["param_groups"]}


def _step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix(_NAME))


def _settle(folder: Path) -> None:
    """Have a folder's files on the disk before it gets the name of a whole one."""
    for file in folder.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    _settle_folder(folder)


def _settle_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
