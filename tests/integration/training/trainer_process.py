"""`rapbot trainer` with the stand-in in place of the real stages.

Usage: python -m tests.integration.training.trainer_process, settings in the environment.
"""

import functools
import sys
from pathlib import Path

from config import Settings
from workers import trainer

STAND_IN = Path(__file__).with_name("stand_in.py")


def command(folder: Path) -> tuple[str, ...]:
    return (sys.executable, str(STAND_IN), str(folder))


if __name__ == "__main__":
    trainer.Trainer = functools.partial(trainer.Trainer, command=command, look_s=0.1)  # type: ignore[assignment,misc]
    trainer.run_trainer(Settings(_env_file=None))
