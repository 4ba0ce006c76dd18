"""The stage `training`: records become an adapter, on one device or on all GPUs."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from config import Settings
from rap_engine.checkpoints.adapter_folder import sha256_of_adapter
from rap_engine.checkpoints.files import read_json
from rap_engine.profiles import Loader
from rap_engine.training.errors import RunCancelled, TrainingError
from rap_engine.training.plan import TrainerPlan
from rap_engine.training.records import ShardedRecords
from rap_engine.training.running.graces import RANKS_S
from rap_engine.training.running.outcome import FAILURE_FILE, Failure, TrainingResult
from rap_engine.training.running.stages.making_records import FOLDER as RECORDS_FOLDER
from rap_engine.training.running.stages.making_records import recipe_of
from rap_engine.training.running.stages.stage import Results, Run, Stage
from rap_engine.training.starts import start_hash

FOLDER: Final = "training"
FEATURES: Final = "features"
TRAINED_FILE: Final = "trained.json"
_LOOK_S: Final = 0.5


def train_here(run: Run) -> TrainingResult:
    """Train in this process, alone or as one of several that `torchrun` started."""
    from rap_engine.training.trainer.train import train  # noqa: PLC0415  libraries of its own

    folder = run.folder / RECORDS_FOLDER
    records = ShardedRecords(folder)
    trained = train(
        _base_of(run),
        records,
        plan_of(run),
        run.folder / FOLDER,
        photos=folder,
        device=run.settings.device,
        progress=run.tell,
        should_stop=run.should_stop,
        features=features_of(run),
        data_hash=records.manifest.data_hash,
    )
    return TrainingResult(
        adapter=trained.adapter,
        sha256=sha256_of_adapter(trained.adapter),
        steps=trained.steps,
        loss=trained.loss,
        held_out_loss=trained.held_out_loss,
        seconds=round(trained.seconds, 1),
        counts=asdict(trained.counts),
        unreadable=trained.unreadable,
    )


def gpus(settings: Settings) -> int:
    """Return how many GPUs a run uses: all of them, unless the settings name one, or the CPU."""
    from rap_engine import torch_runtime  # noqa: F401, I001, PLC0415  before torch
    import torch  # noqa: PLC0415

    return torch.cuda.device_count() if settings.device in ("auto", "cuda") else 0


def _asked(run: Run) -> Any:
    source, plan = recipe_of(run).source, plan_of(run)
    start = start_hash(plan.start_from)
    # The folder's name says what is merged into the base, too.
    return [plan.model_dump(mode="json"), source.model_dump(mode="json"), source.slug, start]


def _train(run: Run, _before: Results) -> dict[str, Any]:
    processes = gpus(run.settings)
    trained = train_on_all(run, processes) if processes > 1 else train_here(run)
    return trained.to_json()


def train_on_all(run: Run, processes: int) -> TrainingResult:
    """Train in several processes, a GPU each, which `torchrun` starts and ends together.

    Raises:
        RunCancelled: the run was told to end, and they kept what they had.
        TrainingError: one of them failed; says why.
    """
    for name in (FAILURE_FILE, TRAINED_FILE):
        (run.folder / name).unlink(missing_ok=True)
    with subprocess.Popen(  # noqa: S603
        _command(run.folder, processes), stdin=subprocess.PIPE
    ) as ranks:
        _watch(run, ranks)
    if run.should_stop():
        raise RunCancelled("The run was asked to end.")
    if ranks.returncode:
        raise TrainingError(_failure_of(run.folder, ranks.returncode))
    return TrainingResult.from_json(read_json(run.folder / TRAINED_FILE))


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
            ranks.wait(RANKS_S)
        except subprocess.TimeoutExpired:
            ranks.kill()
        return


def _failure_of(folder: Path, status: int) -> str:
    failure = Failure.in_folder(folder)
    if failure is not None:
        return failure.message
    return f"A process of several ended with status {status}; see the run's log."


def plan_of(run: Run) -> TrainerPlan:
    """Return the plan, with records as long as the generator reads if it says nothing of that."""
    plan = run.plan.trainer
    most_tokens = plan.most_tokens or recipe_of(run).context
    return plan.model_copy(update={"most_tokens": most_tokens})


def features_of(run: Run) -> Path | None:
    """Return where all runs keep what the vision tower said, each photo by its content.

    None keeps it in the run's own folder: what was seen in photos of people goes with these.
    """
    uses_consented = run.request.consented is not None
    return None if uses_consented else run.settings.training_dir / FEATURES


def _base_of(run: Run) -> Path:
    loader = Loader.of(run.settings, run.request.profile)
    return loader.store.locate(recipe_of(run).source, loader.name)


TRAINING: Final = Stage("training", _asked, _train)
