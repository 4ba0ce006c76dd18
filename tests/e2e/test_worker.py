"""The whole way: the bot, a Celery worker with the models of `starter`, and one person."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from rap_engine.memory import Database, conninfo
from tests.e2e.pictures import checks, rings
from tests.e2e.programs import Program, ended_afterwards
from tests.telegram import LIBRARY_WARNING, FakeTelegram, Person
from workers.jobs.tables import Job

pytestmark = [pytest.mark.e2e, LIBRARY_WARNING]


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[Program]:
    environment["RAPBOT_HOUSEKEEPING_INTERVAL_S"] = "0.5"
    environment["RAPBOT_JOB_LEASE_S"] = "2"
    with ended_afterwards(Program("worker", environment, tmp_path)) as program:
        yield program


@pytest.fixture(autouse=True)
def _running(bot: Program, worker: Program) -> None:
    bot.start()
    worker.start()


def test_remembers_recognises_finds_and_forgets(anna: Person) -> None:
    anna.sends(rings(), "/remember Target: hangs in the hall, made by Uncle Bo")
    crop = anna.hears("I will know Target by this")
    assert crop.photo is not None
    anna.sends(rings(), "Who is this?")
    anna.hears("Target")
    anna.sends(rings(), "Where is Target?")
    assert anna.hears("Target").photo is not None
    anna.sends(checks())
    assert "Target" not in anna.hears("").text
    anna.says("Who made Target?")
    anna.hears("Uncle Bo")
    anna.says("/forget Target")
    anna.taps(anna.hears("I forgot Target"), "Undo")
    anna.hears("Target is back")


def test_a_broken_photo_gets_a_sentence(anna: Person) -> None:
    anna.sends(rings(), "/remember Target")
    anna.hears("I will know Target by this")
    anna.sends(rings()[:-3000])
    anna.hears("That photo is broken or cut off")


def test_a_worker_that_is_killed_in_the_middle_answers_once(
    worker: Program, telegram: FakeTelegram, anna: Person, database: Database
) -> None:
    with psycopg.connect(conninfo(database.url)) as connection:
        connection.execute("LOCK TABLE keys IN ACCESS EXCLUSIVE MODE")
        anna.sends(rings(), "/remember Target")
        telegram.wait_for(lambda: _state(database) == "running", "a running job")
        worker.kill()
    worker.start()
    anna.hears("I will know Target by this")
    anna.says("/help")
    anna.hears("/remember NAME")
    assert len(anna.replies()) == 2


def _state(database: Database) -> str | None:
    with database.transaction() as session:
        return session.scalar(select(Job.state).limit(1))
