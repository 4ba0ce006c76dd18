"""Whatever the work of a job does, the job ends once and the person is told."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rap_engine.engine import Engine
from rap_engine.errors import (
    BadPhoto,
    NameTaken,
    OutOfMemory,
    ServerAway,
    UnknownConcept,
    WeightsMissing,
)
from rap_engine.memory import Concept, Database
from tests.integration.conftest import Person
from tests.integration.engine.colours import colour_profile
from tests.integration.hosts import host_of
from tests.integration.jobs.publisher import Published
from workers.jobs.queue import enqueue, take
from workers.jobs.tables import Job, Reply
from workers.jobs.uploads import keep_upload
from workers.jobs.values import AnswerRequest, Content, Draft, Lease
from workers.runner import Outcome, Runner, Work


@pytest.fixture
def runner(database: Database) -> Runner:
    # Works in these tests ask the engine for nothing.
    return Runner(
        database,
        host_of(Engine(database, colour_profile())),
        Published(),
        lease_s=60.0,
        time_limit_s=60.0,
    )


def _job(database: Database, person: Person, photo: bytes | None = None) -> int:
    with database.transaction() as session:
        upload_id = keep_upload(session, person.user_id, photo) if photo else None
        return enqueue(session, Published(), person.address, AnswerRequest("?"), upload_id)


def _ended(database: Database, job_id: int) -> tuple[str, list[dict[str, Any]]]:
    with database.transaction() as session:
        replies = session.scalars(select(Reply).where(Reply.job_id == job_id)).all()
        return session.get_one(Job, job_id).state, [reply.content for reply in replies]


def _saying(text: str) -> Work:
    return lambda *_: Outcome([Draft(Content(text=text))], {"answer": text})


def _raising(error: Exception) -> Work:
    def work(*_: object) -> Outcome:
        raise error

    return work


def test_a_jobs_end_and_its_replies_are_there_together(
    database: Database, anna: Person, runner: Runner
) -> None:
    job_id = _job(database, anna)
    runner.run(job_id, _saying("hello"))
    assert _ended(database, job_id) == ("done", [{"text": "hello"}])
    with database.transaction() as session:
        assert session.get_one(Job, job_id).result == {"answer": "hello"}


def test_a_message_that_comes_twice_is_answered_once(
    database: Database, anna: Person, runner: Runner
) -> None:
    job_id = _job(database, anna)
    runner.run(job_id, _saying("first"))
    runner.run(job_id, _saying("second"))
    assert _ended(database, job_id) == ("done", [{"text": "first"}])


@pytest.mark.parametrize(
    ("error", "notice"),
    [
        (BadPhoto("broken"), "bad_photo.broken"),
        (NameTaken("Biscuit"), "name_taken"),
        (WeightsMissing("run rapbot doctor"), "weights"),
        (OutOfMemory("CUDA out of memory"), "out_of_memory"),
        (ServerAway("secret address"), "generator_server"),
        (RuntimeError("secret detail"), "sorry_failed"),
        (MemoryError(), "sorry_failed"),
    ],
)
def test_an_error_ends_the_job_with_a_sentence_of_its_own(
    database: Database, anna: Person, runner: Runner, error: Exception, notice: str
) -> None:
    job_id = _job(database, anna)
    runner.run(job_id, _raising(error))
    state, replies = _ended(database, job_id)
    assert state == "failed"
    assert [reply["notice"] for reply in replies] == [notice]
    assert "secret" not in str(replies)


def test_what_failed_work_has_written_is_undone(
    database: Database, anna: Person, runner: Runner
) -> None:
    def work(session: Session, *_: object) -> Outcome:
        session.add(Concept(list_id=anna.list_id, name="x", folded_name="x", info="", category=""))
        session.flush()
        raise BadPhoto("broken")

    runner.run(_job(database, anna), work)
    with database.transaction() as session:
        assert session.scalars(select(Concept)).all() == []


def test_work_gets_the_photo_as_it_was_sent(
    database: Database, anna: Person, runner: Runner
) -> None:
    seen: list[bytes | None] = []

    def work(session: Session, engine: Engine, lease: Lease, photo: bytes | None) -> Outcome:
        seen.append(photo)
        return Outcome()

    runner.run(_job(database, anna, b"photo"), work)
    runner.run(_job(database, anna), work)
    assert seen == [b"photo", None]


def test_a_runner_that_lost_its_lease_leaves_no_reply(
    database: Database, anna: Person, runner: Runner
) -> None:
    job_id = _job(database, anna)

    def work(*_: object) -> Outcome:
        with database.transaction() as session:
            session.execute(update(Job).values(leased_until=func.now()))
        with database.transaction() as session:
            assert take(session, Published(), job_id, 60.0) is not None
        return Outcome([Draft(Content(text="too late"))])

    runner.run(job_id, work)
    assert _ended(database, job_id) == ("running", [])


def test_work_that_ran_out_of_memory_is_done_again_smaller_and_ends_once(
    database: Database, anna: Person, runner: Runner
) -> None:
    tried: list[Engine] = []

    def work(session: Session, engine: Engine, *_: object) -> Outcome:
        session.add(Concept(list_id=anna.list_id, name="x", folded_name="x", info="", category=""))
        session.flush()
        tried.append(engine)
        if len(tried) == 1:
            raise OutOfMemory("CUDA out of memory")
        return Outcome([Draft(Content(text="with less"))])

    job_id = _job(database, anna)
    runner.run(job_id, work)
    assert _ended(database, job_id) == ("done", [{"text": "with less"}])
    assert tried[0] is not tried[1]
    with database.transaction() as session:
        assert len(session.scalars(select(Concept)).all()) == 1


def test_work_that_takes_too_long_is_ended_with_a_sentence(
    database: Database, anna: Person, runner: Runner
) -> None:
    def work(*_: object) -> Outcome:
        threading.Event().wait()
        return Outcome()

    job_id = _job(database, anna)
    replace(runner, time_limit_s=0.2).run(job_id, work)
    state, replies = _ended(database, job_id)
    assert state == "failed"
    assert [reply["notice"] for reply in replies] == ["sorry_timeout"]


def test_loading_models_takes_nothing_from_a_jobs_time(database: Database, anna: Person) -> None:
    engine = Engine(database, colour_profile())

    def load(_profile: str) -> Engine:
        threading.Event().wait(0.5)
        return engine

    slow = replace(host_of(engine), load=load)
    job_id = _job(database, anna)
    Runner(database, slow, Published(), lease_s=60.0, time_limit_s=0.2).run(
        job_id, _saying("hello")
    )
    assert _ended(database, job_id) == ("done", [{"text": "hello"}])


def test_a_chore_is_done_where_no_models_can_be_loaded(database: Database, anna: Person) -> None:
    def load(profile: str) -> Engine:
        raise WeightsMissing(f"fetch {profile}")

    host = replace(host_of(Engine(database, colour_profile())), load=load)
    runner = Runner(database, host, Published(), lease_s=60.0, time_limit_s=60.0)
    chore, job = _job(database, anna), _job(database, anna)
    runner.run_chore(chore, lambda session, lease: Outcome([Draft(Content(text="packed"))]))
    assert _ended(database, chore) == ("done", [{"text": "packed"}])
    runner.run(job, _saying("hello"))
    assert _ended(database, job) == ("failed", [{"notice": "weights"}])


def test_what_people_told_is_not_kept_with_what_went_wrong(
    database: Database, anna: Person, runner: Runner, capfd: pytest.CaptureFixture[str]
) -> None:
    def work(session: Session, *_: object) -> Outcome:
        for _ in range(2):
            row = {"name": "Mxname", "folded_name": "mxname", "info": "", "category": ""}
            session.add(Concept(list_id=anna.list_id, **row))
            session.flush()
        return Outcome()

    for each in (work, _raising(NameTaken("Mxname")), _raising(UnknownConcept("Mxname"))):
        job_id = _job(database, anna)
        runner.run(job_id, each)
        with database.transaction() as session:
            error = session.get_one(Job, job_id).error
        assert error
        assert "mxname" not in error.lower()
    assert "mxname" not in "".join(capfd.readouterr()).lower()
