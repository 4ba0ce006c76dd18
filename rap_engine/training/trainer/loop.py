"""transformers' Trainer on lessons: its loop, schedule and logs; steps and files are ours.

A step of its loop is a whole batch, and the micro-batches are cut within. So running out of memory
is met inside a step: its gradients are thrown away and it is done again in smaller pieces, with the
same records, from the very weights that it began with.
"""

from rap_engine.generate import language_model  # noqa: F401  isort: skip  before transformers

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from torch.utils.data import DataLoader
from transformers import Trainer
from transformers.trainer_callback import PrinterCallback

from config.logs import get_logger
from rap_engine import torch_runtime
from rap_engine.errors import OutOfMemory
from rap_engine.training.errors import TrainingError
from rap_engine.training.plan import TrainerPlan
from rap_engine.training.trainer import adapter, checkpoints
from rap_engine.training.trainer.arguments import readers_for
from rap_engine.training.trainer.examples import Example, Examples, Unreadable
from rap_engine.training.trainer.order import Order, StepSampler, seed_of
from rap_engine.training.trainer.ranks import Ranks
from rap_engine.training.trainer.teaching import Teacher

HELD_OUT: Final = "eval_loss"
_SMALLEST: Final = (
    "The device has no room for a single record. Lower most_tokens or lora.rank, turn on"
    ' gradient_checkpointing, set precision = "bf16", or take a smaller base.'
)
_NO_NUMBER: Final = (
    "The loss of step {step} is no number. Lower learning_rate and projector_learning_rate, or set"
    ' precision = "float32".'
)
_log = get_logger(__name__)


class LessonTrainer(Trainer):  # type: ignore[misc]
    """Trains on lessons.

    Args:
        model: a base with an adapter that learns.
        plan: the optimiser's settings.
        arguments: of `arguments_of`.
        teacher: computes losses.
        lessons: to train on, and to evaluate on.
        order: of the steps.
        callbacks: hear of what happens.
    """

    def __init__(
        self,
        model: Any,
        plan: TrainerPlan,
        arguments: Any,
        teacher: Teacher,
        lessons: tuple[Examples, Examples],
        order: Order,
        callbacks: Sequence[Any],
    ) -> None:
        train, held_out = lessons
        super().__init__(
            model, arguments, train_dataset=train, eval_dataset=held_out, callbacks=list(callbacks)
        )
        self.control: Any
        self.remove_callback(PrinterCallback)
        # Ranks add up their gradients themselves, so that they can agree on doing a step again.
        self.accelerator.prepare_model = lambda model, **_: model
        self._plan = plan
        self._teacher = teacher
        self._order = order
        self._ranks = Ranks(arguments.device)
        self._learning = adapter.learning(model)
        adapter.in_training(model)
        self._ranks.same(weight.data for weight in self._learning.values())
        self.micro_batch = self._of_rank(plan.micro_batch)
        self.step_loss: float | None = None
        self.unreadable = 0

    def create_optimizer(self, model: Any = None) -> Any:  # noqa: ARG002
        """Return AdamW with a learning rate for LoRA and one for the projector."""
        if self.optimizer is None:
            self.optimizer: Any = torch.optim.AdamW(adapter.groups(self.model, self._plan))
        return self.optimizer

    def get_train_dataloader(self) -> Any:
        """Return the loader of this rank's lessons, a step at a time, of the whole run."""
        steps = StepSampler(self._order, self.args.max_steps, self._ranks.rank, self._ranks.count)
        readers = readers_for(self.args.device, self._ranks.count)
        return DataLoader(
            self.train_dataset,
            batch_sampler=steps,
            collate_fn=list,
            num_workers=readers,
            persistent_workers=readers > 0,
        )

    def training_step(
        self,
        model: Any,  # noqa: ARG002
        inputs: Sequence[Example | Unreadable],
        num_items_in_batch: Any = None,  # noqa: ARG002
    ) -> torch.Tensor:
        """Put the gradients of a whole step in place, and return its loss.

        Raises:
            TrainingError: there is no room for a single record, or the loss is no number.
        """
        examples = self._readable(inputs)
        tokens = int(self._ranks.total(sum(each.lesson.learned for each in examples)))

        def learn(micro_batch: int) -> torch.Tensor:
            for weight in self._learning.values():
                weight.grad = None
            torch.manual_seed(seed_of(self._plan.seed, self.state.global_step, self._ranks.rank))
            return self._teacher.learn(examples, micro_batch, tokens)

        loss = self._within_memory(learn)
        gradients = [self._gradient(weight) for weight in self._learning.values()]
        self._ranks.add_up([*gradients, loss])
        self.step_loss = float(loss)
        if not math.isfinite(self.step_loss):
            raise TrainingError(_NO_NUMBER.format(step=self.state.global_step + 1))
        return loss.to(self.args.device)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Return the loss over what is held out."""
        self.model.eval()
        loss, tokens = 0.0, 0
        # As many times on all ranks, since they agree on each.
        for at in range(0, len(self.eval_dataset), self._plan.batch):
            until = min(at + self._plan.batch, len(self.eval_dataset))
            chosen = range(at + self._ranks.rank, until, self._ranks.count)
            few = self._readable([self.eval_dataset[one] for one in chosen])
            tokens += sum(each.lesson.learned for each in few)
            loss += float(self._within_memory(partial(self._teacher.measure, few)))
        adapter.in_training(self.model)
        metrics = {HELD_OUT: self._ranks.total(loss) / max(1.0, self._ranks.total(tokens))}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def _within_memory(self, work: Callable[[int], torch.Tensor]) -> torch.Tensor:
        """Do a step's work, again with half the micro-batch on all ranks if one lacks memory."""
        while True:
            result: torch.Tensor | None = None
            try:
                with torch_runtime.memory_guarded():
                    result = work(self.micro_batch)
            except OutOfMemory as error:
                _log.warning("out_of_memory", micro_batch=self.micro_batch, detail=str(error)[:200])
            if not self._ranks.any(result is None) and result is not None:
                return result
            if self.micro_batch == 1:
                raise TrainingError(_SMALLEST)
            self.micro_batch = -(-self.micro_batch // 2)
            accumulation = -(-self._of_rank(self._plan.batch) // self.micro_batch)
            _log.warning("micro_batch", now=self.micro_batch, accumulation=accumulation)

    def _readable(self, examples: Sequence[Example | Unreadable]) -> list[Example]:
        for each in examples:
            if isinstance(each, Unreadable):
                self.unreadable += 1
                _log.warning("record_unreadable", record=each.record, detail=each.reason)
        return [each for each in examples if isinstance(each, Example)]

    def _of_rank(self, size: int) -> int:
        return max(1, min(size, -(-self._plan.batch // self._ranks.count)))

    @staticmethod
    def _gradient(weight: torch.nn.Parameter) -> torch.Tensor:
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
        return weight.grad

    def _save_checkpoint(self, model: Any, trial: Any) -> None:  # noqa: ARG002
        if self._ranks.is_first:
            checkpoints.write(
                Path(self.args.output_dir), self.state.global_step, self._learning, self
            )
        self._ranks.wait()

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:  # noqa: ARG002
        checkpoints.read_learned(Path(resume_from_checkpoint), self._learning)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            checkpoints.read_optimizer(Path(checkpoint), self.optimizer, self.lr_scheduler)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        """Nothing is kept: each step has a seed of its own."""
