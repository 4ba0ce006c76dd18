"""Housekeeping: what was lost is queued again, what nobody needs is erased."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from config.logs import get_logger
from rap_engine.errors import RapError
from rap_engine.memory import Database, after_commit
from rap_engine.memory.in_service import call_for_round, wish_for
from rap_engine.reembedding import Plan, settle
from rap_engine.training.plan import Plan as TrainingPlan
from rap_engine.training.running.lifeline import FolderInUse, alone_in
from workers.jobs.queue import Publisher
from workers.jobs.recovery import recover_jobs
from workers.jobs.retention import Keep, purge
from workers.runs.consented import still_agree
from workers.runs.folders import RunFolder, run_folders
from workers.runs.nightly import SCHEDULE, ask_at_night, is_time
from workers.runs.reading import UNFINISHED, state_of_run
from workers.runs.recovery import recover_runs
from workers.tasks.reembed import REEMBED

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Housekeeper:
    """May run in any number of processes at once."""

    database: Database
    publisher: Publisher
    max_attempts: int
    keep: Keep

    def tidy(self) -> None:
        """Find lost jobs."""
        with self.database.transaction() as session:
            recovered = recover_jobs(session, self.publisher, self.max_attempts)
        if recovered.published or recovered.given_up:
            _log.warning(
                "jobs_recovered", published=recovered.published, given_up=recovered.given_up
            )

    def erase(self) -> None:
        """Erase what is no longer needed."""
        purge(self.database, self.keep)


@dataclass(frozen=True, slots=True)
class RunKeeper:
    """Sees to training runs that nobody works on. May run in any number of processes at once."""

    database: Database
    publisher: Publisher

    def tidy(self) -> None:
        """Publish a lost run again, or end a hopeless one."""
        with self.database.transaction() as session:
            recovered = recover_runs(session, self.publisher)
        if recovered:
            _log.info("runs_recovered", runs=recovered)


@dataclass(slots=True)
class NightWatch:
    """Asks for a run at night. For trainers, whose machine has the plan and the data."""

    database: Database
    publisher: Publisher
    train_at: str
    plan: Path
    _told: str = ""

    def look(self) -> None:
        """Ask for a run if it is time and something is new."""
        if not is_time(self.train_at, datetime.now(UTC)):
            return
        try:
            plan = TrainingPlan.read(self.plan)
            with self.database.transaction() as session:
                run_id = ask_at_night(session, self.publisher, plan)
        except (RapError, OSError) as error:
            self._tell(str(error))
            return
        if run_id is not None:
            _log.info("run_asked_for", run_id=run_id, by=SCHEDULE)

    def _tell(self, error: str) -> None:
        """Tell what keeps a run from being asked for once, and not at each look."""
        if error != self._told:
            _log.error("no_run_at_night", error=error)
        self._told = error


@dataclass(frozen=True, slots=True)
class FolderKeeper:
    """Clears the folders of runs that have ended elsewhere, or while no trainer ran."""

    database: Database
    training_dir: Path

    def look(self) -> None:
        """Delete what must not lie in folders of runs that nobody works on."""
        for folder in run_folders(self.training_dir):
            if not folder.is_cleared:
                self._see_to(folder)

    def _see_to(self, folder: RunFolder) -> None:
        with self.database.transaction() as session:
            state = state_of_run(session, folder.run_id)
        if state not in UNFINISHED:
            if folder.clear_if_left():
                _log.info("run_folder_cleared", run_id=folder.run_id)
        elif state == "queued":
            self._see_to_consent(folder)

    def _see_to_consent(self, folder: RunFolder) -> None:
        """Delete what somebody does not agree to any longer, though nobody works on the run."""
        try:
            with alone_in(folder.path):
                if not still_agree(self.database, folder):
                    folder.begin_anew()
                    _log.info("run_begins_anew", run_id=folder.run_id)
        except FolderInUse:
            return


@dataclass(slots=True)
class KeyKeeper:
    """Sees to it that all views have keys of the encoder that is wanted, and that it then serves.

    May run in any number of processes at once.

    Attributes:
        profile: what this process was started with, which is what its operator wants.
        encoder_of: returns the name of a profile's encoder.
    """

    database: Database
    publisher: Publisher
    profile: str
    encoder_of: Callable[[str], str]
    _has_wished: bool = False
    _told: str = ""

    def wish(self) -> None:
        """Ask for the profile, once. It serves at once where nothing is to be embedded first."""
        if self._has_wished:
            return
        with self.database.transaction() as session:
            wish_for(session, self.profile)
        self._has_wished = True
        with self._errors_told(), self.database.transaction() as session:
            settle(session, self.encoder_of)

    def look(self) -> None:
        """Call for a round of re-embedding where there is work and none is under way."""
        self.wish()
        with self._errors_told(), self.database.transaction() as session:
            plan = settle(session, self.encoder_of)
            number = None if plan is None else call_for_round(session)
            if plan is not None and number is not None:
                after_commit(session, lambda: self.publisher.publish(number, REEMBED))
                _tell(plan)

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        """Tell what keeps the profile from serving once, and not at each look."""
        try:
            yield
        except RapError as error:
            if str(error) != self._told:
                _log.error("wanted_profile_cannot_serve", error=str(error))
            self._told = str(error)


def _tell(plan: Plan) -> None:
    _log.info(
        "reembedding",
        encoder=plan.encoder,
        done=plan.progress.done,
        total=plan.progress.total,
        serving=plan.serving,
    )
