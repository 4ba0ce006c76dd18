"""One run in a process of its own: `python -m rap_engine.training.run FOLDER`.

The folder holds `plan.json` and `request.json`. Progress goes to standard output, a line of JSON
each. At the end the folder holds `result.json`, or `failure.json` with what went wrong. A process
that is ended in the middle goes on where it was when it is started again on the same folder.
"""

import sys
import traceback
from pathlib import Path

from config import Settings
from config.logs import configure, get_logger
from rap_engine.checkpoints.files import write_json
from rap_engine.errors import RapError
from rap_engine.training.errors import RunCancelled
from rap_engine.training.running.lifeline import Lifeline, alone_in
from rap_engine.training.running.outcome import FAILURE_FILE, RESULT_FILE, STOPPED
from rap_engine.training.running.request import Request
from rap_engine.training.running.stages.measuring import check_measurable
from rap_engine.training.running.stages.stage import Run, Stage, run_stages

_log = get_logger(__name__)


def run_in(folder: Path, settings: Settings, lifeline: Lifeline) -> int:
    """Do a run's stages in its folder, and return the exit status: 0, 1 or `STOPPED`."""
    for name in (RESULT_FILE, FAILURE_FILE):
        (folder / name).unlink(missing_ok=True)
    try:
        with alone_in(folder):
            plan, request = Request.read(folder)
            run = Run(folder, plan, request, settings, lifeline.tell, lifeline.should_stop)
            check_measurable(run)
            write_json(folder / RESULT_FILE, run_stages(run, stages()))
    except RunCancelled:
        return STOPPED
    except RapError as error:
        _log.error("run_failed", error=str(error))
        write_json(folder / FAILURE_FILE, {"code": error.code, "message": str(error)})
        return 1
    except Exception as error:  # noqa: BLE001  whatever a library raised, the row says what it was
        _log.error("run_failed", error=traceback.format_exc())
        message = f"{type(error).__name__}: {error}"
        write_json(folder / FAILURE_FILE, {"code": "unexpected", "message": message})
        return 1
    return 0


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
