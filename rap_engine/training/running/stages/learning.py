"""The stage `training`: records become an adapter, on one device or on all GPUs."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast

from config import Settings
from rap_engine.profiles import Loader
from rap_engine.training.errors import RunCancelled, TrainingError
from rap_engine.training.records import Record, ShardedRecords
from rap_engine.training.running.outcome import FAILURE_FILE
from rap_engine.training.running.stages.making_records import FOLDER as RECORDS_FOLDER
from rap_engine.training.running.stages.making_records import recipe_of
from rap_engine.training.running.stages.stage import Results, Run, Stage

FOLDER: Final = "training"
TRAINED_FILE: Final = "trained.json"
_LOOK_S: Final = 0.5
_GRACE_S: Final = 60.0


def train_here(run: Run) -> dict[str, Any]:
    """Train in this process, alone or as one of several that `torchrun` started."""
    from rap_engine.training.trainer.train import train  # noqa: PLC0415  libraries of its own

    folder = run.folder / RECORDS_FOLDER
    trained = train(
        _base_of(run),
        # Has of a sequence what training needs: a length, and records by number.
        cast(Sequence[Record], ShardedRecords(folder)),
        run.plan.trainer,
        run.folder / FOLDER,
        photos=folder,
        device=run.settings.device,
        progress=run.tell,
        should_stop=run.should_stop,
    )
    return {
        "adapter": str(trained.adapter),
        "sha256": _sha256(trained.adapter / "adapter_model.safetensors"),
        "steps": trained.steps,
        "loss": trained.loss,
        "held_out_loss": trained.held_out_loss,
        "seconds": round(trained.seconds, 1),
        "counts": asdict(trained.counts),
        "unreadable": trained.unreadable,
    }


def gpus(settings: Settings) -> int:
    """Return how many GPUs a run uses: all of them, unless the settings name one, or the CPU."""
    from rap_engine import torch_runtime  # noqa: F401, I001, PLC0415  before torch
    import torch  # noqa: PLC0415

    return torch.cuda.device_count() if settings.device in ("auto", "cuda") else 0


def _asked(run: Run) -> Any:
    source = recipe_of(run).source
    return [run.plan.trainer.model_dump(mode="json"), source.model_dump(mode="json")]


def _train(run: Run, _before: Results) -> dict[str, Any]:
    processes = gpus(run.settings)
    if processes > 1:
        return train_on_all(run, processes)
    result = train_here(run)
    _release()
    return result


def train_on_all(run: Run, processes: int) -> dict[str, Any]:
    """Train in several processes, a GPU each, which `torchrun` starts and ends together.

    Raises:
        RunCancelled: the run was told to end, and they kept what they had.
        TrainingError: one of them failed; says why.
    """
    (run.folder / FAILURE_FILE).unlink(missing_ok=True)
    with subprocess.Popen(  # noqa: S603
        _command(run.folder, processes), stdin=subprocess.PIPE
    ) as ranks:
        _watch(run, ranks)
    if run.should_stop():
        raise RunCancelled("The run was asked to end.")
    if ranks.returncode:
        raise TrainingError(_failure_of(run.folder, ranks.returncode))
    result: dict[str, Any] = json.loads((run.folder / TRAINED_FILE).read_bytes())
    return result


def _command(folder: Path, processes: int) -> tuple[str, ...]:
    launcher = (sys.executable, "-m", "torch.distributed.run", "--standalone")
    module = ("-m", "rap_engine.training.running.rank", str(folder))
    return (*launcher, f"--nproc-per-node={processes}", *module)


def _watch(run: Run, ranks: "subprocess.Popen[bytes]") -> None:
    """Wait for the end; what the first rank prints goes where our own lines go."""
    while True:
        try:
            ranks.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            if not run.should_stop():
                continue
        else:
            return
        ranks.terminate()
        try:
            ranks.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            ranks.kill()
        return


def _failure_of(folder: Path, status: int) -> str:
    file = folder / FAILURE_FILE
    if file.is_file():
        return str(json.loads(file.read_bytes())["message"])
    return f"A process of several ended with status {status}; see the run's log."


def _base_of(run: Run) -> Path:
    loader = Loader.of(run.settings, run.request.profile)
    return loader.store.locate(recipe_of(run).source, loader.name)


def _release() -> None:
    """Give the device back to the next stage, which loads models of its own."""
    from rap_engine.torch_runtime import release_memory  # noqa: PLC0415

    release_memory()


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


TRAINING: Final = Stage("training", _asked, _train)
