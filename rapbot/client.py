"""What the one-shot verbs do: the same jobs and the same database as the chat."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import sqlalchemy.exc
from sqlalchemy import delete

from config import Settings
from rap_engine import images
from rap_engine.concept_text import clean_category, clean_info, clean_name
from rap_engine.errors import BadPhoto, NameTaken, RapError, UnknownConcept
from rap_engine.memory import Actor, Database, acting_as
from rap_engine.memory.changing import forget
from rap_engine.memory.concepts import find_by_name, list_concepts
from rap_engine.memory.people import active_list, ensure_user, visible_lists
from rapbot.notifications import Listener
from workers.jobs import queue
from workers.jobs.tables import Job, Reply
from workers.jobs.uploads import keep_upload
from workers.jobs.values import Address, AnswerRequest, RememberRequest
from workers.publish import CeleryPublisher

SERVER_AWAY = (psycopg.OperationalError, sqlalchemy.exc.OperationalError)
_ENDED = ("done", "failed")
_RECONNECT_S = 0.2


class JobFailed(RapError):
    """A job ended without its work done; `notice` is the catalogue's code of the reason."""

    code: ClassVar[str] = "job_failed"

    def __init__(self, notice: str, params: dict[str, str]) -> None:
        super().__init__(notice)
        self.notice = notice
        self.params = params


class NoSuchPhoto(RapError):
    """There is no file to read at a path."""

    code: ClassVar[str] = "no_such_photo"

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is no photo at {path}, or it cannot be read.")


class NoAnswerInTime(RapError):
    """No worker ended the job in time."""

    code: ClassVar[str] = "no_answer_in_time"


@dataclass(frozen=True, slots=True)
class Client:
    """One person's verbs on a running system.

    Its jobs have a chat of their own, so that their replies do not come up in the person's chat.
    """

    database: Database
    publisher: queue.Publisher
    address: Address
    timeout_s: float

    @classmethod
    def of(
        cls, database: Database, publisher: queue.Publisher, user: str, timeout_s: float
    ) -> "Client":
        """Return the client of a person of the console, who is made when not yet known."""
        with database.transaction() as session:
            user_id = ensure_user(session, "console", user, user)
        return cls(database, publisher, Address(user_id, "console", -user_id), timeout_s)

    def remember(
        self, photo: Path, name: str, info: str, category: str, *, add: bool
    ) -> dict[str, Any]:
        """Store a concept, or with `add` a further view of the one of that name.

        Raises:
            BadInput: the photo, name, info or category cannot be used.
            NameTaken: there is a concept of that name, and `add` is not asked for.
            UnknownConcept: there is none, and `add` is asked for.
        """
        content = _read_photo(photo)
        return self.remember_photo(content, name, info, category, add=add)

    def remember_photo(
        self, content: bytes, name: str, info: str, category: str, *, add: bool
    ) -> dict[str, Any]:
        """As `remember`, with a photo that was read before."""
        name, info = clean_name(name), clean_info(info)
        category = clean_category(category) if category else ""
        with self.database.transaction() as session:
            list_id = active_list(session, self._actor)
            with acting_as(session, self._actor):
                known = find_by_name(session, [list_id], name)
        if known is not None and not add:
            raise NameTaken(name)
        if known is None and add:
            raise UnknownConcept(name)
        concept_id = known.id if known is not None else None
        return self._run(RememberRequest(name, info, category, concept_id), content)

    def ask(self, question: str, photo: Path | None) -> dict[str, Any]:
        """Answer a question, about a photo if there is one.

        Raises:
            BadPhoto: the photo cannot be used.
        """
        return self._run(AnswerRequest(question), _read_photo(photo) if photo else None)

    def concepts(self) -> list[dict[str, Any]]:
        """Return all concepts that the person sees, as `ConceptSummary` has them."""
        with self.database.transaction() as session:
            lists = visible_lists(session, self._actor)
            with acting_as(session, self._actor):
                return [asdict(concept) for concept in list_concepts(session, lists)]

    def forget(self, name: str) -> str:
        """Forget a concept and return its name as it was kept.

        Raises:
            BadName: nothing can have that name.
            UnknownConcept: there is none of that name.
        """
        with self.database.transaction() as session:
            lists = visible_lists(session, self._actor)
            with acting_as(session, self._actor):
                return forget(session, lists, clean_name(name)).name

    @property
    def _actor(self) -> Actor:
        return Actor(self.address.user_id)

    def _run(self, request: RememberRequest | AnswerRequest, photo: bytes | None) -> dict[str, Any]:
        with self.database.transaction() as session:
            upload_id = keep_upload(session, self.address.user_id, photo) if photo else None
            job_id = queue.enqueue(session, self.publisher, self.address, request, upload_id)
        job = self._wait(job_id)
        with self.database.transaction() as session:
            # What they say is in the result; nobody reads the chat that they are for.
            session.execute(delete(Reply).where(Reply.job_id == job_id))
        return _result(job)

    def _wait(self, job_id: int) -> Job:
        deadline = time.monotonic() + self.timeout_s
        while time.monotonic() < deadline:
            try:
                with Listener(self.database.url, queue.NOTIFY_CHANNEL) as listener:
                    job = self._ended(listener, job_id, deadline)
            except SERVER_AWAY:
                # The job is a row: when the server is back, so is its answer.
                time.sleep(_RECONNECT_S)
            else:
                if job is not None:
                    return job
        raise NoAnswerInTime(
            f"No worker finished job {job_id} in {self.timeout_s:.0f} s. Is one running?"
            " `rapbot doctor` tells; the job stays queued."
        )

    def _ended(self, listener: Listener, job_id: int, deadline: float) -> Job | None:
        while time.monotonic() < deadline:
            with self.database.transaction() as session:
                job = session.get_one(Job, job_id)
            if job.state in _ENDED:
                return job
            listener.wait(deadline - time.monotonic())
        return None


@contextmanager
def clients(settings: Settings) -> Iterator[Callable[[str], Client]]:
    """Return a maker of clients by person, on the servers of the settings."""
    assert settings.database_url is not None  # noqa: S101  a system that runs has one
    database = Database(settings.database_url.get_secret_value())
    publisher = CeleryPublisher.connect(settings)
    try:
        yield lambda user: Client.of(database, publisher, user, settings.job_time_limit_s)
    finally:
        database.close()


def _result(job: Job) -> dict[str, Any]:
    result = job.result or {}
    if job.state == "failed":
        raise JobFailed(str(result.get("error", "sorry_failed")), result.get("params", {}))
    return result


def _read_photo(path: Path) -> bytes:
    try:
        # A pipe would be waited for, and a device never ends.
        if not path.is_file():
            raise NoSuchPhoto(path)
        if path.stat().st_size > images.MOST_BYTES:
            raise BadPhoto("too_many_bytes")
        content = path.read_bytes()
    except OSError as error:
        raise NoSuchPhoto(path) from error
    images.inspect(content)
    return content
