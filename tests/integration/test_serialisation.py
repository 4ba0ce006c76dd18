"""A worker reads JSON and nothing else, whoever writes to its queue."""

import os
import pickle
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Producer, Queue
from kombu.serialization import loads
from sqlalchemy import select

from config import Settings
from rap_engine.memory import Database
from tests.e2e.programs import Program, ended_afterwards
from tests.integration.conftest import Person
from workers.app import JOBS_QUEUE, make_app
from workers.jobs.queue import enqueue
from workers.jobs.tables import Job
from workers.jobs.values import AnswerRequest
from workers.publish import CeleryPublisher

pytestmark = pytest.mark.integration
PICKLE, YAML = "application/x-python-serialize", "application/x-yaml"
JOBS = Exchange(JOBS_QUEUE, "direct")
# Where a worker hears `ping` and the like.
CONTROL = Exchange("celery.pidbox", "fanout")
WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Bomb:
    """Whoever unpickles this makes a folder; a hostile message would do anything else."""

    marker: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "went-off"


@pytest.fixture
def bomb(marker: Path) -> bytes:
    """A task's arguments as Celery pickles them."""
    return pickle.dumps(((Bomb(marker),), {}, {"callbacks": None}), protocol=2)


@pytest.fixture
def connection(services: Settings) -> Iterator[Connection]:
    assert services.redis_url is not None
    with Connection(services.redis_url.get_secret_value()) as connection:
        yield connection


@pytest.fixture
def worker(services: Settings, database_url: str, tmp_path: Path) -> Iterator[Program]:
    assert services.redis_url is not None
    environment = {
        "RAPBOT_DATABASE_URL": database_url,
        "RAPBOT_REDIS_URL": services.redis_url.get_secret_value(),
    }
    with ended_afterwards(Program("worker", environment, tmp_path)) as program:
        program.start()
        control = make_app(services).control
        _wait_until(lambda: bool(control.ping(timeout=1.0)), "the worker answers")
        yield program


def _put(connection: Connection, exchange: Exchange, body: bytes, kind: str, task: str) -> None:
    """Send what nobody but an intruder at the broker would; without a task, as old Celery did."""
    number = str(uuid.uuid4())
    headers = {"task": task, "id": number, "lang": "py", "root_id": number, "parent_id": None}
    Producer(connection.channel()).publish(
        body,
        exchange=exchange,
        routing_key=JOBS_QUEUE if exchange is JOBS else "",
        declare=[Queue(JOBS_QUEUE, JOBS, routing_key=JOBS_QUEUE), CONTROL],
        content_type=kind,
        content_encoding="binary",
        headers=headers if task else {},
        correlation_id=number,
    )


def _wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline, f"never: {what}"
        threading.Event().wait(0.05)


def test_what_does_not_run_is_no_dud(bomb: bytes, marker: Path) -> None:
    loads(bomb, PICKLE, "binary", accept={PICKLE})
    assert marker.exists()


def test_messages_that_are_no_json_are_refused_and_hold_nothing_up(
    worker: Program,
    connection: Connection,
    database: Database,
    services: Settings,
    anna: Person,
    bomb: bytes,
    marker: Path,
) -> None:
    _put(connection, JOBS, bomb, PICKLE, task="rapbot.answer")
    _put(connection, JOBS, bomb, PICKLE, task="")
    _put(connection, JOBS, b"!!python/object/apply:os.abort []", YAML, task="rapbot.answer")
    _put(connection, JOBS, bomb, "application/json", task="rapbot.answer")
    _put(connection, CONTROL, bomb, PICKLE, task="")

    with database.transaction() as session:
        asked = AnswerRequest("Who is this?")
        job_id = enqueue(session, CeleryPublisher.connect(services), anna.address, asked)

    def state() -> str | None:
        with database.transaction() as session:
            return session.scalar(select(Job.state).where(Job.id == job_id))

    _wait_until(lambda: state() == "done", "the job that came after them is done")
    _wait_until(lambda: not connection.default_channel.client.hlen("unacked"), "all are settled")
    assert not marker.exists()
    refused = (
        "kombu.exceptions.ContentDisallowed: Refusing to deserialize untrusted content of type"
    )
    assert worker.log.count(f"{refused} pickle ({PICKLE})") == 3
    assert worker.log.count(f"{refused} yaml ({YAML})") == 1
    assert worker.log.count("kombu.exceptions.DecodeError: ") == 1
    assert make_app(services).control.ping(timeout=5.0)
    assert worker.stop() == 0


def test_the_application_names_json_alone(services: Settings) -> None:
    app = make_app(services)

    assert app.conf.accept_content == ["json"]
    # None stands for the same as of what is accepted.
    assert app.conf.result_accept_content in (None, ["json"])
    serializers = (app.conf.task_serializer, app.conf.result_serializer, app.conf.event_serializer)
    assert serializers == ("json", "json", "json")
    assert app.conf.result_backend is None
    assert app.conf.task_ignore_result
