"""The way into the trainer: records and a base in, an adapter out."""

from rap_engine.generate import language_model  # noqa: F401  isort: skip  before transformers

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file, save_file

from rap_engine.errors import OutOfMemory
from rap_engine.generate.language_model.checkpoint import Checkpoint
from rap_engine.training.errors import RunCancelled, TrainingError
from rap_engine.training.plan import TrainerPlan
from rap_engine.training.progress import Progress
from rap_engine.training.records import Records
from rap_engine.training.trainer import adapter, checkpoints
from rap_engine.training.trainer.arguments import arguments_of
from rap_engine.training.trainer.flipping import check_flippable
from rap_engine.training.trainer.hearing import (
    STAGE,
    Hear,
    Keeping,
    Recording,
    Telling,
    WantsStop,
    evaluations_since_best,
)
from rap_engine.training.trainer.identity import CHECKPOINTS
from rap_engine.training.trainer.loop import LessonTrainer
from rap_engine.training.trainer.metrics import METRICS, read_metrics
from rap_engine.training.trainer.order import Order
from rap_engine.training.trainer.preparing import Prepared, Task, prepare
from rap_engine.training.trainer.results import Trained
from rap_engine.training.trainer.teaching import Teacher

__all__ = ["Trained", "train"]

ADAPTER_FOLDER: Final = "adapter"
_BEST: Final = "best.safetensors"
_LAST_STEPS: Final = 20
_NO_ROOM: Final = (
    "The device has no room for the optimizer. Lower lora.rank, or take a smaller base or a larger"
    " device; the run goes on from its newest checkpoint."
)


def train(
    base: Path,
    records: Records,
    plan: TrainerPlan,
    folder: Path,
    *,
    photos: Path,
    device: str = "auto",
    progress: Hear = lambda _: None,
    should_stop: WantsStop = lambda: False,
    features: Path | None = None,
    data_hash: str | None = None,
) -> Trained:
    """Train an adapter, going on from the folder's newest checkpoint if it has one.

    Args:
        base: folder of the base, as the generator loads it.
        records: to train on; read one by one, several times.
        plan: the optimiser's settings; its `most_tokens` is a number here.
        folder: of the run; all that it writes is below.
        photos: root of the records' relative paths.
        device: `auto`, `cpu` or `cuda`; a rank that `torchrun` started takes the GPU of its number.
        progress: told after each step, and now and then before the first; on the first rank alone.
        should_stop: asked as often.
        features: where kept vision features lie; below the folder if not said.
        data_hash: names the records' content; if not said, all of them are read for it.

    Raises:
        BadPlan: the base cannot be trained so, or the folder has a run of another plan.
        RunCancelled: `should_stop` said so; there is a checkpoint, if there was a step.
        TrainingError: there is no room even for one record, or nothing to train on.
        WeightsError: the base cannot be loaded.
    """
    begun = time.monotonic()

    def alive() -> None:
        progress(Progress(STAGE))
        if should_stop():
            raise RunCancelled("Cancelled before the first step.")

    root = features or folder / "features"
    task = Task(base, records, data_hash, plan, folder, photos, root, device, alive)
    try:
        run = _Run(task, prepare(task), progress, should_stop)
        run.go()
    except (OutOfMemory, torch.OutOfMemoryError) as error:
        raise TrainingError(_NO_ROOM) from error
    return run.result(time.monotonic() - begun)


class _Run:
    """A run that is prepared."""

    def __init__(self, task: Task, prepared: Prepared, hear: Hear, wants_stop: WantsStop) -> None:
        self._task = task
        self._prepared = prepared
        self._resumed = checkpoints.newest(task.folder / CHECKPOINTS)
        self._step, self._history = (
            (0, []) if self._resumed is None else checkpoints.read_history(self._resumed)
        )
        plan, model = task.plan, prepared.checkpoint.model
        if plan.gradient_checkpointing:
            model.activation_checkpointing_enable({"use_reentrant": False})
        self._model = adapter.put_round(model, plan, plan.seed)
        if plan.sign_flips > 0:
            check_flippable(model)
        order = Order(prepared.train.lengths, plan.batch, plan.group_by_length, plan.seed)
        self._telling = Telling(hear, wants_stop, prepared.ranks)
        self._trainer = LessonTrainer(
            self._model,
            plan,
            arguments_of(
                plan,
                task.folder / CHECKPOINTS,
                order.steps(plan.epochs, plan.most_steps),
                prepared.checkpoint.device,
                evaluates=len(prepared.held_out) > 0,
            ),
            Teacher(
                model,
                prepared.sight,
                _padding_of(prepared.checkpoint),
                plan.precision,
                plan.sign_flips,
            ),
            (prepared.train, prepared.held_out),
            order,
            [self._telling, *self._listeners()],
        )
        self._telling.trainer = self._trainer

    def go(self) -> None:
        """Train, unless the run was over before.

        Raises:
            RunCancelled: as `train`.
        """
        waited = evaluations_since_best(self._history)
        if self._resumed is not None and 0 < self._task.plan.patience <= waited:
            checkpoints.read_learned(self._resumed, adapter.learning(self._model))
            return
        self._trainer.train(resume_from_checkpoint=self._resumed and str(self._resumed))
        self._step = self._trainer.state.global_step
        if self._telling.was_stopped:
            raise RunCancelled(f"Cancelled after step {self._step}; there is a checkpoint.")

    def result(self, seconds: float) -> Trained:
        """Write the adapter, and say what came of it all."""
        folder, ranks = self._task.folder, self._prepared.ranks
        target = folder / ADAPTER_FOLDER
        if ranks.is_first:
            best = folder / _BEST
            is_kept = self._task.plan.patience > 0 and best.is_file()
            weights = load_file(best) if is_kept else adapter.weights_of(self._model)
            adapter.write_adapter(target, self._model, weights)
        ranks.wait()
        metrics = read_metrics(folder / METRICS)
        losses = [each.loss for each in metrics if each.loss is not None][-_LAST_STEPS:]
        held_out = [each.held_out_loss for each in metrics if each.held_out_loss is not None]
        return Trained(
            adapter=target,
            steps=self._step,
            loss=sum(losses) / max(1, len(losses)),
            held_out_loss=_delivered(held_out, takes_best=self._task.plan.patience > 0),
            seconds=seconds,
            counts=self._prepared.lessons.counts,
            unreadable=self._trainer.unreadable,
        )

    def _listeners(self) -> list[Any]:
        plan, is_first = self._task.plan, self._prepared.ranks.is_first
        listeners: list[Any] = [Recording(self._task.folder, self._step)] if is_first else []
        if plan.patience > 0:
            listeners.append(Keeping(plan.patience, self._keep if is_first else _do_nothing))
        return listeners

    def _keep(self) -> None:
        """Keep the weights of now as the best."""
        best = self._task.folder / _BEST
        part = best.with_name(f".{best.name}.part")
        weights = adapter.weights_of(self._model)
        save_file({name: each.contiguous() for name, each in weights.items()}, part)
        part.replace(best)


def _do_nothing() -> None:
    """Other ranks keep nothing."""


def _padding_of(checkpoint: Checkpoint) -> int:
    return int(checkpoint.model.generation_config.pad_token_id)


def _delivered(held_out: Sequence[float], *, takes_best: bool) -> float | None:
    if not held_out:
        return None
    return min(held_out) if takes_best else held_out[-1]
