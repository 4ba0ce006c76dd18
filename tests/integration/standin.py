"""A stand-in for the worker: ends each job that is published, from a thread, as it was told to."""

import threading

from sqlalchemy import text

from rap_engine.memory import Database
from workers.jobs.queue import finish, take
from workers.jobs.values import Content, Draft


class Worker:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.result: dict[str, object] = {"answer": "hello"}
        self.error: str | None = None
        self.before_the_end: list[str] = []
        self._threads: list[threading.Thread] = []

    def publish(self, job_id: int, kind: str) -> None:
        thread = threading.Thread(target=self._end, args=(job_id,))
        self._threads.append(thread)
        thread.start()

    def _end(self, job_id: int) -> None:
        for statement in self.before_the_end:
            with self.database.transaction() as session:
                session.execute(text(statement))
        with self.database.transaction() as session:
            lease = take(session, self, job_id, 60.0)
            assert lease is not None
            reply = Draft(Content(text="hello"))
            finish(session, self, lease, [reply], result=self.result, error=self.error)

    def rest(self) -> None:
        for thread in self._threads:
            thread.join()
