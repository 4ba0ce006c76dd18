"""How a process of a run ends: with an exit status, and with what went wrong in the folder."""

import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from config.logs import get_logger
from rap_engine.checkpoints.errors import DiskFull
from rap_engine.checkpoints.files import disk_full_told, write_json
from rap_engine.errors import RapError
from rap_engine.training.errors import RunCancelled
from rap_engine.training.running.outcome import FAILURE_FILE, STOPPED, Failure

FAILED: Final = 1
_log = get_logger(__name__)


def ended(folder: Path, work: Callable[[], None], *, is_one_of_several: bool = False) -> int:
    """Do a process's work, and return its exit status: 0, `FAILED` or `STOPPED`.

    Args:
        folder: of the run, where `failure.json` says what went wrong.
        work: all that the process does.
        is_one_of_several: others work beside it: of these the first one's failure stays, for those
            of the rest are only that it is gone.
    """
    try:
        with disk_full_told():
            work()
    except RunCancelled:
        return STOPPED
    except RapError as error:
        _log.error("run_failed", error=str(error))
        failure = Failure(code=error.code, message=str(error))
    except Exception as error:  # noqa: BLE001  whatever a library raised, the row says what it was
        _log.error("run_failed", error=traceback.format_exc())
        failure = Failure(code="unexpected", message=f"{type(error).__name__}: {error}")
    else:
        return 0
    try:
        _leave(folder, failure, replaces=not is_one_of_several)
    except (DiskFull, OSError) as error:
        _log.error("failure_not_written", error=str(error))
    return FAILED


def _leave(folder: Path, failure: Failure, *, replaces: bool) -> None:
    own = folder / f".{FAILURE_FILE}.{os.getpid()}"
    write_json(own, failure.to_json())
    target = folder / FAILURE_FILE
    if replaces:
        own.replace(target)
        return
    try:
        target.hardlink_to(own)
    except FileExistsError:
        _log.info("failure_known", message=failure.message)
    finally:
        own.unlink()
