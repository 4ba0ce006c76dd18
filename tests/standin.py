"""Does a worker's jobs without models: what it says is known beforehand."""

import threading
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import select

from rap_engine.memory import Database, acting_as
from rap_engine.memory.concepts import NewView, add_concept, add_view
from rap_engine.memory.people import active_list
from rap_engine.types import Box
from workers.jobs.queue import finish, take
from workers.jobs.tables import Job
from workers.jobs.uploads import read_upload
from workers.jobs.values import AnswerRequest, Content, Draft, Lease, RememberRequest

LEASE_S = 20.0
_LOOK_EVERY_S = 0.02


@dataclass
class StandInWorker:
    """Ends each queued job; `held` keeps it from taking any."""

    database: Database
    held: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def publish(self, job_id: int, kind: str) -> None:
        """As a `Publisher`: nothing to do, it looks by itself."""

    def __enter__(self) -> "StandInWorker":
        self._thread = threading.Thread(target=self._run, name="stand-in-worker")
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        assert self._thread is not None
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_LOOK_EVERY_S):
            if not self.held.is_set():
                self.work()

    def work(self) -> None:
        """End all queued jobs."""
        with self.database.transaction() as session:
            waiting = session.scalars(
                select(Job.id).where(Job.state == "queued").order_by(Job.id)
            ).all()
        for job_id in waiting:
            with self.database.transaction() as session:
                lease = take(session, self, job_id, LEASE_S)
            if lease is not None:
                self._do(lease)

    def _do(self, lease: Lease) -> None:
        with self.database.transaction() as session:
            user_id, upload_id = lease.address.user_id, lease.upload_id
            photo = None if upload_id is None else read_upload(session, user_id, upload_id)
            if lease.kind == "answer":
                question = AnswerRequest(**lease.payload).question
                answer = Draft(Content(text=f"Answer to {question!r}"), photo)
                finish(session, self, lease, [answer])
                return
            request = RememberRequest(**lease.payload)
            assert photo is not None
            user_id, actor = lease.address.user_id, lease.address.actor
            list_id = active_list(session, actor)
            keys = np.ones((1, 4), np.float32) / 2
            with acting_as(session, actor):
                concept_id = request.concept_id or add_concept(
                    session, user_id, list_id, request.name, request.info, "dog"
                )
                view = NewView(photo, Box.whole(), "none", keys)
                add_view(session, user_id, [list_id], concept_id, view)
            notice = "remembered" if request.concept_id is None else "view_added"
            finish(
                session,
                self,
                lease,
                [Draft(Content(notice=notice, params={"name": request.name}), photo)],
            )
