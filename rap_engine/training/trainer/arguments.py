"""transformers' settings for a plan."""

from rap_engine.generate import language_model  # noqa: F401  isort: skip  before transformers

import os
from pathlib import Path
from typing import Any, Final

import torch
from transformers import TrainingArguments

from rap_engine.training.plan import TrainerPlan

_GREATEST_NORM: Final = 1.0
_MOST_READERS: Final = 8


def arguments_of(
    plan: TrainerPlan, folder: Path, steps: int, device: torch.device, *, evaluates: bool
) -> Any:
    """Return transformers' settings for a plan; its batches are `Order`'s."""
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        learning_rate=plan.learning_rate,
        lr_scheduler_type="cosine",
        # Less than one is a share of the steps.
        warmup_steps=plan.warm_up,
        weight_decay=plan.weight_decay,
        max_grad_norm=_GREATEST_NORM,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_steps=plan.checkpoint_every,
        eval_strategy="steps" if evaluates else "no",
        eval_steps=plan.evaluate_every,
        seed=plan.seed,
        use_cpu=device.type == "cpu",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        log_level="error",
    )


def readers_for(device: torch.device, ranks: int) -> int:
    """Return how many processes prepare pictures: on a CPU, training needs its cores itself."""
    if device.type == "cpu":
        return 0
    return max(1, min(_MOST_READERS, (os.cpu_count() or 1) // ranks - 1))
