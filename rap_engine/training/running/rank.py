"""One of several processes that train together, which `torchrun` starts with the run's folder.

The first of them reports as a run's process does, and leaves what came of it in `trained.json`.
"""

import os
import sys
from pathlib import Path

from config import Settings
from config.logs import configure
from rap_engine.checkpoints.files import write_json
from rap_engine.training.running.ending import ended
from rap_engine.training.running.lifeline import Lifeline, beside_in
from rap_engine.training.running.request import Request
from rap_engine.training.running.stages.learning import TRAINED_FILE, train_here
from rap_engine.training.running.stages.stage import Run


def rank_in(folder: Path) -> int:
    """Train beside the others; return the exit status: 0, 1 or `STOPPED`."""

    def work() -> None:
        settings, lifeline = Settings(), Lifeline()
        configure(settings)
        with beside_in(folder), lifeline.held(watches_input=True):
            plan, request = Request.read(folder)
            run = Run(folder, plan, request, settings, lifeline.tell, lifeline.should_stop)
            trained = train_here(run)
            if os.environ.get("RANK", "0") == "0":
                write_json(folder / TRAINED_FILE, trained.to_json())

    return ended(folder, work, is_one_of_several=True)


if __name__ == "__main__":
    sys.exit(rank_in(Path(sys.argv[1])))
