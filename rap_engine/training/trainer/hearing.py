"""What a run tells while it goes on, and what ends it early."""

from rap_engine.generate import language_model  # noqa: F401  isort: skip  before transformers

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from torch.utils.tensorboard import SummaryWriter
from transformers import TrainerCallback

from rap_engine.training.progress import Progress
from rap_engine.training.trainer.loop import HELD_OUT
from rap_engine.training.trainer.metrics import METRICS, Metric, cut_metrics
from rap_engine.training.trainer.picture import draw_losses
from rap_engine.training.trainer.ranks import Ranks

STAGE: Final = "training"
_TIMED_OVER: Final = 50
"""Steps whose mean time says how long the rest takes."""
_DRAWN_EVERY_SECONDS: Final = 20
Hear = Callable[[Progress], None]
WantsStop = Callable[[], bool]


class Telling(TrainerCallback):  # type: ignore[misc]
    """Tells each step's progress, and stops with a checkpoint when asked to.

    `trainer` is set once there is one; it knows the step's loss.
    """

    def __init__(self, hear: Hear, wants_stop: WantsStop, ranks: Ranks) -> None:
        self.trainer: Any = None
        self.was_stopped = False
        self._hear = hear
        self._wants_stop = wants_stop
        self._ranks = ranks
        self._ends: list[float] = []

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Take the time."""
        self._ends = [time.monotonic()]

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:  # noqa: ARG002
        """Tell how far it is."""
        self._ends = [*self._ends, time.monotonic()][-_TIMED_OVER - 1 :]
        if self._ranks.is_first:
            self._hear(
                Progress(
                    STAGE,
                    step=state.global_step,
                    steps=state.max_steps,
                    loss=self.trainer.step_loss,
                    seconds_left=self._seconds_left(state.max_steps - state.global_step),
                    micro_batch=self.trainer.micro_batch,
                )
            )
        if self._ranks.any(self._ranks.is_first and self._wants_stop()):
            self.was_stopped = True
            control.should_save = control.should_training_stop = True
        return control

    def _seconds_left(self, steps: int) -> float:
        measured = len(self._ends) - 1
        return (self._ends[-1] - self._ends[0]) / measured * steps


class Recording(TrainerCallback):  # type: ignore[misc]
    """Writes `metrics.jsonl`, TensorBoard's events and the loss picture; for the first rank."""

    def __init__(self, folder: Path, begun_at: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._metrics = folder / METRICS
        self._picture = folder / "loss.png"
        self._drawn_at = time.monotonic()
        cut_metrics(self._metrics, begun_at)
        self._events = SummaryWriter(str(folder / "tensorboard"), purge_step=begun_at + 1)

    def on_log(
        self,
        args: Any,  # noqa: ARG002
        state: Any,
        control: Any,  # noqa: ARG002
        logs: Mapping[str, float],
        **_: Any,
    ) -> None:
        """Write what was measured."""
        metric = Metric(
            step=state.global_step,
            loss=logs.get("loss"),
            held_out_loss=logs.get(HELD_OUT),
            learning_rate=logs.get("learning_rate"),
            grad_norm=logs.get("grad_norm"),
        )
        if metric.loss is None and metric.held_out_loss is None:
            return
        with self._metrics.open("a", encoding="utf-8") as stream:
            stream.write(metric.to_line())
        for name in ("loss", "held_out_loss", "learning_rate", "grad_norm"):
            value = getattr(metric, name)
            if value is not None:
                self._events.add_scalar(name, value, metric.step)

    def on_save(self, *_: Any, **__: Any) -> None:
        """Draw the losses so far, now and then."""
        self._events.flush()
        if time.monotonic() - self._drawn_at > _DRAWN_EVERY_SECONDS:
            draw_losses(self._metrics, self._picture)
            self._drawn_at = time.monotonic()

    def on_train_end(self, *_: Any, **__: Any) -> None:
        """Draw all losses."""
        self._events.close()
        draw_losses(self._metrics, self._picture)


class Keeping(TrainerCallback):  # type: ignore[misc]
    """Keeps the weights with the least held-out loss, and ends the run when it falls no more."""

    def __init__(self, patience: int, keep: Callable[[], None]) -> None:
        self._patience = patience
        self._keep = keep

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> Any:  # noqa: ARG002
        """Look whether it fell."""
        waited = evaluations_since_best(state.log_history)
        if waited == 0:
            self._keep()
        if waited >= self._patience:
            control.should_save = control.should_training_stop = True
        return control


def evaluations_since_best(history: Sequence[Mapping[str, float]]) -> int:
    """Return how many evaluations came after the one with the least loss."""
    losses = [logged[HELD_OUT] for logged in history if HELD_OUT in logged]
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0
