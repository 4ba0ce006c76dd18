"""Housekeeping: what was lost is queued again, what nobody needs is erased."""

from dataclasses import dataclass

from config.logs import get_logger
from rap_engine.memory import Database
from workers.jobs.queue import Publisher
from workers.jobs.recovery import purge, recover_jobs

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Housekeeper:
    """May run in any number of processes at once."""

    database: Database
    publisher: Publisher
    max_attempts: int

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
        with self.database.transaction() as session:
            purge(session)
