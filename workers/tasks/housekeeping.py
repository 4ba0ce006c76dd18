"""Housekeeping: what was lost is queued again, what nobody needs is erased."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from config.logs import get_logger
from rap_engine.errors import RapError
from rap_engine.memory import Database, after_commit
from rap_engine.memory.in_service import call_for_round, wish_for
from rap_engine.reembedding import Plan, settle
from workers.jobs.queue import Publisher
from workers.jobs.recovery import recover_jobs
from workers.jobs.retention import Keep, purge
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
