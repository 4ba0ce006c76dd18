"""Train: a run's work is done by a process of its own, which this one starts, watches and ends."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from config import Settings
from config.logs import get_logger
from rap_engine.errors import RapError
from rap_engine.memory import Database
from rap_engine.memory.gist import gist_of
from rap_engine.training.running.graces import RUN_S
from rap_engine.training.running.lifeline import FolderInUse
from workers.runs.consented import still_agree
from workers.runs.errors import RunLost
from workers.runs.folders import RunFolder
from workers.runs.holding import claim
from workers.runs.outcome import Ended, Outcome, outcome_of
from workers.runs.process import RunProcess, environment_of, stage_command
from workers.runs.pulse import Pulse
from workers.runs.values import RunLease
from workers.tasks.train_ending import clear, end, take_in
from workers.tasks.train_preparing import prepare

_log = get_logger(__name__)
_LOOK_S: Final = 1.0
GRACE_S: Final = RUN_S
_MOST_BEGINNINGS: Final = 3
_MOST_KILLED: Final = 3


@dataclass(slots=True)
class Trainer:
    """Does one run at a time.

    Attributes:
        stopping: Set when this process shall end.
        command: Returns what does the stages in a folder.
        look_s: Pause between two looks at the run's process.
    """

    database: Database
    settings: Settings
    stopping: threading.Event = field(default_factory=threading.Event)
    command: Callable[[Path], Sequence[str]] = stage_command
    look_s: float = _LOOK_S

    def run(self, run_id: int) -> None:
        """Do a run once, if nobody else has it. Its end and its adapter's rows are one commit."""
        with self.database.transaction() as session:
            lease = claim(session, run_id, self.settings.job_lease_s)
        if lease is None:
            _log.info("run_not_taken", run_id=run_id)
            return
        log = _log.bind(run_id=run_id, attempt=lease.attempt)
        log.info("run_started")
        try:
            with Pulse(self.database, lease, self.settings.job_lease_s) as pulse:
                outcome = self._try(lease, pulse)
        except RunLost:
            log.warning("run_lost")
        except OperationalError as error:
            # The database is away: the lease runs out, and housekeeping publishes the run again.
            log.warning("run_interrupted", error=gist_of(error))
        else:
            log.info("run_left", ended=outcome.ended, message=outcome.message)

    def _try(self, lease: RunLease, pulse: Pulse) -> Outcome:
        folder = RunFolder.of(self.settings.training_dir, lease.run_id)
        try:
            outcome = self._do(lease, folder, pulse)
        except (RunLost, OperationalError):
            raise
        except FolderInUse as error:
            # Whoever works there may be at this very run; what it made is not ours to delete.
            outcome = Outcome("stopped", message=str(error))
            outcome = end(self.database, lease, folder, outcome)
        except Exception as error:  # noqa: BLE001  a row that nobody ends keeps all others away
            outcome = Outcome("failed", message=_told(error, lease))
            outcome = end(self.database, lease, folder, outcome)
        if not outcome.goes_on:
            clear(folder)
        return outcome

    def _do(self, lease: RunLease, folder: RunFolder, pulse: Pulse) -> Outcome:
        outcome = Outcome("withdrawn")
        for _ in range(_MOST_BEGINNINGS):
            prepared = prepare(self.database, self.settings, lease, folder)
            outcome = self._work(lease, folder, pulse)
            if outcome.result is not None:
                settings = self.settings
                outcome = take_in(self.database, settings, lease, folder, prepared, outcome.result)
            if outcome.ended != "withdrawn":
                break
            # What was made of it is deleted when the next beginning is prepared.
            _log.info("run_begins_anew", run_id=lease.run_id)
        return outcome if outcome.ended == "done" else end(self.database, lease, folder, outcome)

    def _work(self, lease: RunLease, folder: RunFolder, pulse: Pulse) -> Outcome:
        """Have the stages done, and return how that ended.

        Raises:
            RunLost: another trainer has the run.
        """
        with RunProcess(
            self.command(folder.path),
            folder.path,
            environment_of(self.settings),
            folder.log,
            pulse.tell,
        ) as process:
            while (status := process.wait(self.look_s)) is None:
                why = self._why_leave(folder, pulse)
                if why is not None:
                    process.end(GRACE_S)
                    return Outcome(why)
        pulse.beat()
        outcome = outcome_of(status, folder.path)
        if outcome.ended == "killed" and lease.kills + 1 >= _MOST_KILLED:
            return replace(outcome, ended="failed")
        return outcome

    def _why_leave(self, folder: RunFolder, pulse: Pulse) -> Ended | None:
        if pulse.wish == "lost":
            raise RunLost(folder.run_id)
        if pulse.wish == "cancel":
            return "cancelled"
        if self.stopping.is_set():
            return "stopped"
        if not still_agree(self.database, folder):
            return "withdrawn"
        return None


def _told(error: Exception, lease: RunLease) -> str:
    """Return what a run failed of, in words for the admin."""
    if isinstance(error, SQLAlchemyError):
        return gist_of(error)  # the whole of it quotes the row
    if isinstance(error, RapError | OSError):
        return str(error)
    _log.error("run_broke", run_id=lease.run_id, attempt=lease.attempt, exc_info=error)
    return f"{type(error).__name__}: {error}. This is a fault of the program; its log says more."
