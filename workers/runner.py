"""Takes a job, runs its work, and ends it: every kind of job goes through here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from config.logs import get_logger
from rap_engine.engine import Engine
from rap_engine.errors import BadPhoto, NameTaken, RapError, UnknownConcept
from rap_engine.memory import Database
from rap_engine.memory.gist import gist_of
from workers.heartbeat import heartbeat
from workers.host import ModelHost
from workers.jobs.errors import LeaseLost
from workers.jobs.queue import Publisher, finish, take
from workers.jobs.uploads import read_upload
from workers.jobs.values import Content, Draft, Lease
from workers.timing import at_most

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the work of a job came to: what the person reads, and what the job's row keeps."""

    replies: list[Draft] = field(default_factory=list)
    result: dict[str, Any] | None = None


Work = Callable[[Session, Engine, Lease, bytes | None], Outcome]
"""Work takes the job's photo as it was sent, and writes in the session that ends the job."""

Chore = Callable[[Session, Lease], Outcome]
"""Work that needs no models: none are loaded for it, and it is done where none can be."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs jobs in a child process, with the engine that the host lends or without one."""

    database: Database
    host: ModelHost
    publisher: Publisher
    lease_s: float
    time_limit_s: float

    def run(self, job_id: int, work: Work) -> None:
        """Run a job's work once, if nobody else has it. Its end and its replies are one commit."""
        self._hold(job_id, lambda lease: self._work(lease, work))

    def run_chore(self, job_id: int, chore: Chore) -> None:
        """As `run`, without the models."""
        self._hold(job_id, lambda lease: self._end(lease, lambda session: chore(session, lease)))

    def _hold(self, job_id: int, do: Callable[[Lease], None]) -> None:
        with self.database.transaction() as session:
            lease = take(session, self.publisher, job_id, self.lease_s)
        if lease is None:
            _log.info("job_not_taken", job_id=job_id)
            return
        log = _log.bind(job_id=job_id, kind=lease.kind, attempt=lease.attempt)
        log.info("job_started")
        try:
            with heartbeat(self.database, lease, self.lease_s):
                self._do(lease, do)
        except LeaseLost:
            log.warning("job_lost")
        except OperationalError as error:
            # The database is away: the lease runs out and housekeeping queues the job again.
            log.warning("job_interrupted", error=str(error))
        else:
            log.info("job_ended")

    def _do(self, lease: Lease, do: Callable[[Lease], None]) -> None:
        try:
            do(lease)
        except (LeaseLost, OperationalError):
            raise
        except Exception as error:  # noqa: BLE001  whatever one person's job does, the next one runs
            self._fail(lease, error)

    def _work(self, lease: Lease, work: Work) -> None:
        photo = self._photo(lease)
        self.host.serve(
            lambda engine: self._end(lease, lambda session: work(session, engine, lease, photo))
        )

    def _end(self, lease: Lease, work: Callable[[Session], Outcome]) -> None:
        with at_most(self.time_limit_s), self.database.transaction() as session:
            outcome = work(session)
            finish(session, self.publisher, lease, outcome.replies, result=outcome.result)

    def _photo(self, lease: Lease) -> bytes | None:
        if lease.upload_id is None:
            return None
        with self.database.transaction() as session:
            return read_upload(session, lease.address.user_id, lease.upload_id)

    def _fail(self, lease: Lease, error: Exception) -> None:
        # A database's error quotes the row.
        known = isinstance(error, RapError | SoftTimeLimitExceeded | DBAPIError)
        _log.warning(
            "job_failed",
            job_id=lease.job_id,
            user_id=lease.address.user_id,
            error=gist_of(error),
            exc_info=None if known else error,
        )
        content = apology(error)
        with self.database.transaction() as session:
            finish(
                session,
                self.publisher,
                lease,
                [Draft(content)],
                error=gist_of(error),
                result={"error": content.notice, "params": content.params or {}},
            )


def notice_of(error: Exception) -> str:
    """Return the catalogue's code of the sentence that tells a person of an error."""
    match error:
        case BadPhoto():
            return f"bad_photo.{error.reason}"
        case SoftTimeLimitExceeded():
            return "sorry_timeout"
        case RapError() if error.code != RapError.code:
            return error.code
        case _:
            return "sorry_failed"


def apology(error: Exception) -> Content:
    """Return the reply that tells a person of an error."""
    params = {"name": error.name} if isinstance(error, NameTaken | UnknownConcept) else None
    return Content(notice=notice_of(error), params=params)
