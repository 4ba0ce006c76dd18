"""Trainers have a queue of their own: whoever asks something does not wait for a run."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from config import Settings
from rap_engine.memory import Database
from rap_engine.training.plan import Plan
from rapbot.roles import trainer_answers, worker_answers
from rapbot.system import with_urls
from tests.e2e.programs import ROOT, Program, ended_afterwards
from tests.integration.conftest import Person
from tests.integration.training.conftest import PROFILE, Yard, soon
from workers.jobs.queue import enqueue
from workers.jobs.tables import Job
from workers.jobs.values import AnswerRequest
from workers.publish import CeleryPublisher
from workers.runs.queue import ask_for_run, ask_to_cancel

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

ENDLESS = {"steps": 1_000_000, "pause_s": 0.01}
PLAN = Plan(name="dogs", profile=PROFILE)


@pytest.fixture
def live(services: Settings, database_url: str, yard: Yard) -> Settings:
    assert services.redis_url is not None
    return with_urls(yard.settings, database_url, services.redis_url.get_secret_value())


@pytest.fixture
def environment(live: Settings) -> dict[str, str]:
    assert live.database_url is not None
    assert live.redis_url is not None
    return {
        "RAPBOT_DATABASE_URL": live.database_url.get_secret_value(),
        "RAPBOT_REDIS_URL": live.redis_url.get_secret_value(),
        "RAPBOT_DATA_DIR": str(live.data_dir),
        "RAPBOT_JOB_LEASE_S": "2",
        "RAPBOT_HOUSEKEEPING_INTERVAL_S": "0.5",
    }


@contextmanager
def _trainer(environment: dict[str, str], folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    inherited = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    log = (folder / "trainer.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.training.trainer_process"],
        cwd=ROOT,
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.wait()
        log.close()
        print((folder / "trainer.log").read_text())


def _ask(database: Database, live: Settings) -> int:
    with database.transaction() as session:
        return ask_for_run(session, PLAN, "operator", CeleryPublisher.connect(live))


def test_an_answer_is_given_while_a_run_goes_on(
    yard: Yard,
    database: Database,
    live: Settings,
    environment: dict[str, str],
    anna: Person,
    tmp_path: Path,
) -> None:
    yard.tell(**ENDLESS)
    worker = Program("worker", {**environment, "RAPBOT_PROFILE": "starter"}, tmp_path)
    with _trainer(environment, tmp_path), ended_afterwards(worker):
        worker.start()
        run_id = _ask(database, live)
        soon(lambda: yard.row(run_id).step > 0)
        assert trainer_answers(live)
        with database.transaction() as session:
            publisher = CeleryPublisher.connect(live)
            job_id = enqueue(session, publisher, anna.address, AnswerRequest("Who is Rex?"))
        soon(lambda: _state(database, job_id) == "done")
        assert worker_answers(live)
        assert yard.row(run_id).state == "running"
        with database.transaction() as session:
            ask_to_cancel(session, run_id, "operator")
        soon(lambda: yard.row(run_id).state == "cancelled")


def test_a_trainer_that_is_killed_or_stopped_goes_on_at_its_next_start(
    yard: Yard, database: Database, live: Settings, environment: dict[str, str], tmp_path: Path
) -> None:
    yard.tell(**ENDLESS)
    run_id = _ask(database, live)
    with _trainer(environment, tmp_path) as trainer:
        soon(lambda: yard.row(run_id).step > 0)
        assert not worker_answers(live)
        trainer.send_signal(signal.SIGKILL)
        trainer.wait()
    reached = yard.row(run_id).step
    with _trainer(environment, tmp_path) as trainer:
        soon(lambda: yard.row(run_id).step > reached)
        assert yard.row(run_id).attempt == 2
        trainer.send_signal(signal.SIGTERM)
        assert trainer.wait(60) == 0
    assert yard.row(run_id).state == "queued"
    yard.tell(steps=yard.row(run_id).step + 5)
    with _trainer(environment, tmp_path):
        soon(lambda: yard.row(run_id).state == "done")
    beginnings = yard.beginnings(run_id)
    assert beginnings[0] == 0
    assert beginnings == sorted(set(beginnings))


def _state(database: Database, job_id: int) -> str:
    with database.transaction() as session:
        return session.get_one(Job, job_id, populate_existing=True).state
