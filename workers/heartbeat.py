"""Keeps a job's lease alive while its work runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from config.logs import get_logger
from rap_engine.memory import Database
from workers.jobs.queue import renew
from workers.jobs.values import Lease

_log = get_logger(__name__)
_BEATS_PER_LEASE = 4


@contextmanager
def heartbeat(database: Database, lease: Lease, lease_s: float) -> Iterator[None]:
    """Renew the lease from a thread until the block ends.

    A beat that fails is only told: the next may succeed, and if none does the lease runs out and
    `finish` refuses to commit.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(lease_s / _BEATS_PER_LEASE):
            try:
                with database.transaction() as session:
                    held = renew(session, lease, lease_s)
            except SQLAlchemyError as error:
                _log.warning("heartbeat_failed", job_id=lease.job_id, error=str(error))
                continue
            if not held:
                _log.warning("lease_lost", job_id=lease.job_id, attempt=lease.attempt)
                return

    thread = threading.Thread(target=beat, name=f"heartbeat-{lease.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
