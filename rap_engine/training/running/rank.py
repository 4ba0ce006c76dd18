"""One of several processes that train together, which `torchrun` starts with the run's folder.

The first of them reports as a run's process does, and leaves what came of it in `trained.json`.
"""

import os
import sys
from pathlib import Path

from config import Settings
from config.logs import configure
from rap_engine.checkpoints.files import write_json
from rap_engine.errors import RapError
from rap_engine.training.errors import RunCancelled
from rap_engine.training.running.lifeline import Lifeline
from rap_engine.training.running.outcome import FAILURE_FILE, STOPPED
from rap_engine.training.running.request import Request
from rap_engine.training.running.stages.learning import TRAINED_FILE, train_here
from rap_engine.training.running.stages.stage import Run


def main() -> int:
    """Train beside the others; return the exit status."""
    folder, settings = Path(sys.argv[1]), Settings()
    configure(settings)
    lifeline = Lifeline()
    plan, request = Request.read(folder)
    run = Run(folder, plan, request, settings, lifeline.tell, lifeline.should_stop)
    is_first = os.environ.get("RANK", "0") == "0"
    with lifeline.held(watches_input=True):
        try:
            trained = train_here(run)
        except RunCancelled:
            return STOPPED
        except RapError as error:
            if is_first:
                write_json(folder / FAILURE_FILE, {"code": error.code, "message": str(error)})
            return 1
    if is_first:
        write_json(folder / TRAINED_FILE, trained)
    return 0


if __name__ == "__main__":
    sys.exit(main())
