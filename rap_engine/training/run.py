"""One run in a process of its own: `python -m rap_engine.training.run FOLDER`.

The folder holds `plan.json` and `request.json`. Progress goes to standard output, a line of JSON
each. At the end the folder holds `result.json`, or `failure.json` with what went wrong. A process
that is ended in the middle goes on where it was when it is started again on the same folder.
"""

import sys
from pathlib import Path

from config import Settings
from config.logs import configure
from rap_engine.checkpoints.files import write_json
from rap_engine.training.running.ending import ended
from rap_engine.training.running.lifeline import Lifeline, alone_in
from rap_engine.training.running.outcome import FAILURE_FILE, RESULT_FILE, RunResult
from rap_engine.training.running.request import Request
from rap_engine.training.running.stages.measuring import check_measurable
from rap_engine.training.running.stages.stage import Run, Stage, run_stages
from rap_engine.training.starts import start_hash


def run_in(folder: Path, settings: Settings, lifeline: Lifeline) -> int:
    """Do a run's stages in its folder, and return the exit status: 0, 1 or `STOPPED`."""

    def work() -> None:
        with alone_in(folder):
            for name in (RESULT_FILE, FAILURE_FILE):
                (folder / name).unlink(missing_ok=True)
            plan, request = Request.read(folder)
            run = Run(folder, plan, request, settings, lifeline.tell, lifeline.should_stop)
            check_measurable(run)
            # Told before records are made, which takes long.
            start_hash(plan.trainer.start_from)
            result = RunResult.from_json(run_stages(run, stages()))
            write_json(folder / RESULT_FILE, result.to_json())

    return ended(folder, work)


def stages() -> tuple[Stage, ...]:
    """Return the stages in their order; their libraries take seconds to import."""
    from rap_engine.training.running.stages.learning import TRAINING  # noqa: PLC0415
    from rap_engine.training.running.stages.making_records import RECORDS  # noqa: PLC0415
    from rap_engine.training.running.stages.measuring import MEASURING  # noqa: PLC0415

    return RECORDS, TRAINING, MEASURING


def main() -> int:
    """Run in the folder that the command line names."""
    settings, lifeline = Settings(), Lifeline()
    configure(settings)
    with lifeline.held(watches_input=True):
        return run_in(Path(sys.argv[1]), settings, lifeline)


if __name__ == "__main__":
    sys.exit(main())
