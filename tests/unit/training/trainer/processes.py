"""What the tests' processes do: imported ahead by the server that they are forked from."""

import os
import signal
from pathlib import Path
from typing import Any

import torch

from rap_engine.training.plan import TrainerPlan
from rap_engine.training.progress import Progress
from rap_engine.training.trainer.train import train
from tests.unit.training.trainer.subjects import records


def run(
    base: Path,
    photos: Path,
    folder: Path,
    settings: dict[str, Any],
    environment: dict[str, str],
    killed_at: int | None = None,
) -> None:
    """Train on the CPU, as a rank if the environment says so; be killed after a step."""
    os.environ.update(environment)
    torch.set_num_threads(1)

    def hear(progress: Progress) -> None:
        if progress.step == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    plan = TrainerPlan.model_validate(settings)
    result = train(base, records(), plan, folder, photos=photos, device="cpu", progress=hear)
    assert result.adapter.is_dir()
