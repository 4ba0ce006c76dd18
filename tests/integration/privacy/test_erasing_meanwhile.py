"""Whatever is under way when a person is erased: nothing of it is written, and nothing hangs."""

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.intake import inbox
from bot.intake.erasing import erase_person as erase_updates
from bot.intake.tables import InboxUpdate
from rap_engine.engine import Engine
from rap_engine.exchange import Introduction
from rap_engine.memory import Concept, ConceptList, Database, User, acting_as
from rap_engine.memory.conversations import PastTurn, add_turn
from rap_engine.memory.erasure import erase_person
from rap_engine.transfer.exporting import Part
from tests.integration.bot.chats import Friend
from tests.integration.conftest import Person
from tests.integration.engine.colours import colour_profile, photo
from tests.integration.hosts import host_of
from tests.integration.jobs.publisher import Published
from tests.integration.memory.builders import remember
from tests.integration.privacy.conftest import person_of
from tests.integration.privacy.searching import rows
from workers.jobs import outbox
from workers.jobs.outbox import add_replies
from workers.jobs.queue import enqueue, finish, take
from workers.jobs.tables import Job
from workers.jobs.uploads import keep_upload
from workers.jobs.values import AnswerRequest, Content, Draft, ExportRequest, Lease
from workers.runner import Outcome, Runner, Work
from workers.tasks.export import export

pytestmark = pytest.mark.integration
_PATIENCE_S = 30.0


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database, colour_profile())


@pytest.fixture
def runner(database: Database, engine: Engine) -> Runner:
    return Runner(database, host_of(engine), Published(), lease_s=60.0, time_limit_s=60.0)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def _erase(database: Database, person: Person) -> None:
    with database.transaction() as session:
        erase_person(session, person.user_id, takes_along=False)


def _job(database: Database, person: Person) -> int:
    with database.transaction() as session:
        upload_id = keep_upload(session, person.user_id, photo("red"))
        return enqueue(session, Published(), person.address, AnswerRequest("?"), upload_id)


def _remembering(database: Database, person: Person) -> Work:
    def work(session: Session, engine: Engine, lease: Lease, content: bytes | None) -> Outcome:
        _erase(database, person)
        introduction = Introduction("Rex", "", "", photo("red"), list_id=person.list_id)
        engine.remember(session, lease.address.actor, introduction)
        return Outcome()

    return work


def _answering(database: Database, person: Person) -> Work:
    def work(session: Session, engine: Engine, lease: Lease, content: bytes | None) -> Outcome:
        _erase(database, person)
        with acting_as(session, lease.address.actor):
            turn = PastTurn("?", "!", ())
            add_turn(session, lease.address.chat, turn, engine.provenance())
        return Outcome([Draft(Content(text="!"))])

    return work


def _doing_nothing(database: Database, person: Person) -> Work:
    def work(*_: object) -> Outcome:
        _erase(database, person)
        return Outcome([Draft(Content(text="!"))])

    return work


@pytest.mark.parametrize("making", [_remembering, _answering, _doing_nothing])
def test_a_job_that_is_under_way_commits_nothing(
    database: Database,
    anna: Person,
    runner: Runner,
    making: Callable[[Database, Person], Work],
) -> None:
    runner.run(_job(database, anna), making(database, anna))
    assert rows(database) == {}


def test_who_adds_to_the_list_is_waited_for_and_goes_too(
    database: Database, anna: Person, threads: ThreadPoolExecutor
) -> None:
    """It locks the list first and the person later; the erasure must not hold one of them."""
    with database.transaction() as session:
        session.execute(
            select(ConceptList.id)
            .where(ConceptList.id == anna.list_id)
            .with_for_update(key_share=True, read=True)
        )
        erasing = threads.submit(_erase, database, anna)
        _wait_until_it_has_tried(database, erasing)
        with acting_as(session, anna.actor):
            session.add(
                Concept(
                    list_id=anna.list_id,
                    name="Rex",
                    folded_name="rex",
                    info="",
                    category="",
                    created_by=anna.user_id,
                )
            )
    erasing.result(_PATIENCE_S)
    assert rows(database) == {}


def _wait_until_it_has_tried(database: Database, erasing: "Future[None]") -> None:
    """Wait until the other side was refused the list once; its transaction is open then."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
        " AND query LIKE 'ROLLBACK TO SAVEPOINT%' AND datname = current_database()"
    )
    for _ in range(500):
        assert not erasing.done()
        with database.transaction() as session:
            if session.execute(query).scalar_one():
                return
        threading.Event().wait(0.01)
    raise AssertionError("it never tried")


def test_a_list_that_is_held_for_long_is_tried_again_another_time(
    database: Database,
    anna: Person,
    threads: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rap_engine.memory.erasure._PATIENCE_S", 0.2)
    with database.transaction() as session:
        session.execute(select(ConceptList.id).with_for_update(key_share=True, read=True))
        with pytest.raises(OperationalError):
            threads.submit(_erase, database, anna).result(_PATIENCE_S)
    with database.transaction() as session:
        assert session.scalars(select(User.id)).all() == [anna.user_id]


def test_a_job_that_ends_and_an_erasure_do_not_wait_for_each_other(
    friend: Friend, database: Database, threads: ThreadPoolExecutor
) -> None:
    """Whoever ends a job locks the job and then the person; so does the erasure."""
    friend.says("/delete_my_data")
    job_id = _job(database, person_of(database, friend.number))
    with database.transaction() as session:
        lease = take(session, Published(), job_id, 60.0)
    assert lease is not None
    with database.transaction() as session:
        session.execute(select(Job.id).where(Job.id == job_id).with_for_update(key_share=True))
        erasing = threads.submit(friend.taps, friend.buttons()["erase_mine"])
        _wait_until_it_waits(database)
        finish(session, Published(), lease, [Draft(Content(text="!"))])
    erasing.result(_PATIENCE_S)
    assert friend.is_told()[-1].startswith("Done.")
    assert set(rows(database)) == {"inbox", "replies"}


def test_what_is_held_for_long_is_not_waited_for_but_told(
    friend: Friend,
    database: Database,
    threads: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patience = "SET LOCAL lock_timeout = '100ms'"
    monkeypatch.setattr("bot.handlers.privacy.erasing._PATIENCE", patience)
    friend.says("/delete_my_data")
    button = friend.buttons()["erase_mine"]
    _job(database, person_of(database, friend.number))
    before = {**rows(database), "inbox": 2, "replies": 2}
    with database.transaction() as session:
        session.execute(select(Job.id).with_for_update(key_share=True))
        threads.submit(friend.taps, button).result(_PATIENCE_S)
    assert friend.is_told()[-1].startswith("Something of yours is being worked on just now")
    assert rows(database) == before
    friend.taps(button)
    friend.read = 0
    assert friend.is_told()[-1].startswith("Done.")


def test_an_export_that_is_being_packed_gives_way_to_an_erasure(
    database: Database, friend: Friend, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = "SET LOCAL lock_timeout = '100ms'"
    monkeypatch.setattr("bot.handlers.privacy.erasing._PATIENCE", patience)
    monkeypatch.setattr("rap_engine.memory.erasure._PATIENCE_S", 0.1)
    friend.says("/delete_my_data")
    button = friend.buttons()["erase_mine"]
    packed = []

    def packing(*_: object) -> Iterator[Part]:
        for number in range(1, 4):
            packed.append(number)
            yield Part(number, io.BytesIO(b"one"), 1, 1, 1)
            if number == 1:
                friend.taps(button)

    monkeypatch.setattr("workers.tasks.export.export_person", packing)
    address = person_of(database, friend.number).address
    with database.transaction() as session:
        job_id = enqueue(session, Published(), address, ExportRequest())
    runner.run_chore(job_id, export)
    assert packed == [1, 2]
    assert friend.is_told()[-1].startswith("Something of yours is being worked on just now")
    friend.taps(button)
    friend.read = 0
    (told,) = friend.is_told()
    assert told.startswith("Done.")
    assert set(rows(database)) == {"inbox", "replies"}


def test_a_sender_in_the_middle_of_sending_ends_first(
    database: Database, anna: Person, threads: ThreadPoolExecutor
) -> None:
    with database.transaction() as session:
        add_replies(session, anna.address, [Draft(Content(text="a")), Draft(Content(text="b"))])
    with database.transaction() as session:
        sending = outbox.claim_next(session, "console")
        assert sending is not None
        erasing = threads.submit(_erase, database, anna)
        _wait_until_it_waits(database)
        outbox.mark_sent(session, sending.reply_id, 1)
    erasing.result(_PATIENCE_S)
    assert rows(database) == {}


def test_an_update_that_another_lane_handles_ends_first(
    database: Database, anna: Person, threads: ThreadPoolExecutor
) -> None:
    """It may be about to write rows of the person's: they are erased with the others."""
    sent = {"update_id": 1, "message": {"from": {"id": 7}, "chat": {"id": -5}, "text": "Mx"}}
    inbox.store(database, "telegram", [sent])

    def erase() -> None:
        with database.transaction() as session:
            erase_updates(session, "telegram", 7, update_id=2)
            erase_person(session, anna.user_id, takes_along=False)

    with database.transaction() as session:
        claimed = inbox.claim_next(session, "telegram")
        assert claimed is not None
        erasing = threads.submit(erase)
        _wait_until_it_waits(database)
        enqueue(session, Published(), anna.address, AnswerRequest("Mx"))
        inbox.end(session, claimed, "handled")
    erasing.result(_PATIENCE_S)
    assert rows(database) == {"inbox": 1}
    with database.transaction() as session:
        assert session.scalars(select(InboxUpdate.payload)).one() == {}


def test_an_erasure_that_fails_erases_nothing(database: Database, anna: Person) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    before = rows(database)

    class Failed(Exception):
        pass

    with pytest.raises(Failed), database.transaction() as session:
        erase_person(session, anna.user_id, takes_along=False)
        raise Failed
    assert rows(database) == before
    with database.transaction() as session:
        session.execute(update(User).values(created_at=func.now()))


def _wait_until_it_waits(database: Database) -> None:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )
    for _ in range(500):
        with database.transaction() as session:
            if session.execute(query).scalar_one():
                return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits")
