"""Of each person's jobs one is in flight; the others wait for it, in order, and are never lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from rap_engine.memory import Database
from tests.integration.conftest import Person
from tests.integration.jobs.publisher import Published
from workers.jobs.queue import enqueue, finish, publish_next, take
from workers.jobs.recovery import recover_jobs
from workers.jobs.tables import Job
from workers.jobs.values import Address, AnswerRequest, Lease

LEASE_S = 60.0
_LONG_ENOUGH_S = 0.3


@pytest.fixture
def published() -> Published:
    return Published()


def _ask(database: Database, person: Person, publisher: Published) -> int:
    with database.transaction() as session:
        return enqueue(session, publisher, person.address, AnswerRequest("?"))


def _take(database: Database, job_id: int) -> Lease | None:
    with database.transaction() as session:
        return take(session, Published(), job_id, LEASE_S)


def _do(database: Database, publisher: Published, job_id: int) -> None:
    lease = _take(database, job_id)
    assert lease is not None
    with database.transaction() as session:
        finish(session, publisher, lease, [])


def _recover(database: Database, publisher: Published) -> tuple[int, int]:
    with database.transaction() as session:
        recovered = recover_jobs(session, publisher, max_attempts=1)
        return recovered.published, recovered.given_up


def _date_back(database: Database, **columns: object) -> None:
    with database.transaction() as session:
        session.execute(update(Job).values(**columns))


def test_a_persons_later_jobs_are_published_one_by_one(
    database: Database, anna: Person, published: Published
) -> None:
    jobs = [_ask(database, anna, published) for _ in range(3)]
    for done, job_id in enumerate(jobs, start=1):
        assert published.ids == jobs[:done]
        _do(database, published, job_id)
    assert published.ids == jobs


def test_a_message_that_comes_out_of_turn_does_nothing(
    database: Database, anna: Person, published: Published
) -> None:
    first, second = (_ask(database, anna, published) for _ in range(2))
    assert _take(database, second) is None
    assert _take(database, first) is not None
    assert _take(database, second) is None


def test_turns_are_taken_across_chats(
    database: Database, anna: Person, published: Published
) -> None:
    first = _ask(database, anna, published)
    with database.transaction() as session:
        elsewhere = Address(anna.user_id, "telegram", -5)
        second = enqueue(session, published, elsewhere, AnswerRequest("?"))
    assert published.ids == [first]
    _do(database, published, first)
    assert published.ids == [first, second]


def test_a_burst_of_one_person_keeps_nobody_waiting_for_more_than_one_job(
    database: Database, anna: Person, bert: Person
) -> None:
    broker = Published()
    burst = [_ask(database, anna, broker) for _ in range(10)]
    berts = _ask(database, bert, broker)
    done: list[int] = []
    while len(done) < len(broker.ids):
        job_id = broker.ids[len(done)]
        _do(database, broker, job_id)
        done.append(job_id)
    assert done.index(berts) <= 1
    assert [job_id for job_id in done if job_id != berts] == burst


def test_a_lost_call_is_found_and_those_behind_it_go_on_waiting(
    database: Database, anna: Person, published: Published
) -> None:
    first, second, _third = (_ask(database, anna, published) for _ in range(3))
    assert _recover(database, published) == (0, 0)
    _do(database, Published(), first)  # its call for the second is lost
    _date_back(database, publish_after=func.now() - timedelta(seconds=1))
    assert _recover(database, published) == (1, 0)
    assert published.ids == [first, second]


def test_those_who_wait_for_their_turn_take_no_place_of_lost_ones(
    database: Database, anna: Person, bert: Person, published: Published
) -> None:
    burst = [_ask(database, anna, published) for _ in range(120)]
    assert _take(database, burst[0]) is not None
    lost = _ask(database, bert, Published())
    _date_back(database, publish_after=func.now() - timedelta(seconds=1))
    assert _recover(database, published) == (1, 0)
    assert published.ids == [burst[0], lost]


def test_a_job_that_is_given_up_makes_way(
    database: Database, anna: Person, published: Published
) -> None:
    first, second = (_ask(database, anna, published) for _ in range(2))
    assert _take(database, first) is not None
    _date_back(database, leased_until=func.now() - timedelta(seconds=1))
    assert _recover(database, published) == (0, 1)
    assert published.ids == [first, second]


def test_an_erased_job_makes_way(database: Database, anna: Person, published: Published) -> None:
    first, second = (_ask(database, anna, published) for _ in range(2))
    assert _take(database, first) is not None
    with database.transaction() as session:
        session.execute(delete(Job).where(Job.id == first))
    assert _recover(database, published) == (1, 0)
    assert published.ids == [first, second]


def test_a_job_that_is_put_back_waits_for_the_one_that_runs(
    database: Database, anna: Person, published: Published
) -> None:
    failed, running = (_ask(database, anna, published) for _ in range(2))
    _do(database, published, failed)
    lease = _take(database, running)
    assert lease is not None
    with database.transaction() as session:
        session.execute(update(Job).where(Job.id == failed).values(state="queued"))
        publish_next(session, published, anna.user_id)
    assert published.ids == [failed, running]
    assert _take(database, failed) is None
    with database.transaction() as session:
        finish(session, published, lease, [])
    assert published.ids == [failed, running, failed]


@pytest.mark.parametrize("first_to_come", ["the new job", "the end"])
def test_a_job_that_is_made_while_another_ends_is_called_for_once(
    database: Database, anna: Person, published: Published, first_to_come: str
) -> None:
    first = _ask(database, anna, published)
    lease = _take(database, first)
    assert lease is not None
    with ThreadPoolExecutor(1) as lane:

        def end(while_open: Callable[[], None] = lambda: None) -> None:
            with database.transaction() as session:
                finish(session, published, lease, [])
                while_open()

        def make(while_open: Callable[[], None] = lambda: None) -> None:
            with database.transaction() as session:
                enqueue(session, published, anna.address, AnswerRequest("?"))
                while_open()

        one, other = (make, end) if first_to_come == "the new job" else (end, make)

        def meet() -> None:
            late = lane.submit(other)
            with pytest.raises(TimeoutError):
                late.result(_LONG_ENOUGH_S)  # the other one waits until this one has ended

        one(meet)
    with database.transaction() as session:
        second = session.scalars(select(Job.id).where(Job.state == "queued")).one()
    assert published.ids == [first, second]
