"""A run is in one trainer's hands at a time, and ends once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, update

from rap_engine.memory import Database
from rap_engine.training.plan import Plan
from rap_engine.training.progress import Progress
from tests.integration.jobs.publisher import Published
from workers.runs.errors import NoSuchRun, RunLost, RunUnfinished
from workers.runs.holding import beat, cancelled, claim, fail, finish, put_back
from workers.runs.queue import ask_for_run, ask_to_cancel
from workers.runs.reading import list_runs, read_run, unfinished_run
from workers.runs.recovery import recover_runs
from workers.runs.tables import TrainingRun
from workers.runs.values import RunLease

pytestmark = pytest.mark.integration

PLAN = Plan(name="dogs")
LEASE_S = 60.0


def _ask(database: Database, publisher: Published | None = None) -> int:
    with database.transaction() as session:
        return ask_for_run(session, PLAN, "operator", publisher)


def _claim(database: Database, run_id: int) -> RunLease | None:
    with database.transaction() as session:
        return claim(session, run_id, LEASE_S)


def _held(database: Database, run_id: int) -> RunLease:
    lease = _claim(database, run_id)
    assert lease is not None
    return lease


def _lose(database: Database, run_id: int) -> None:
    with database.transaction() as session:
        session.execute(
            update(TrainingRun)
            .where(TrainingRun.id == run_id)
            .values(leased_until=func.now() - timedelta(seconds=1))
        )


def _recover(database: Database, most_deaths: int = 3) -> list[int]:
    published = Published()
    with database.transaction() as session:
        recover_runs(session, published, most_deaths)
    return published.ids


def _row(database: Database, run_id: int) -> TrainingRun:
    with database.transaction() as session:
        return read_run(session, run_id)


def test_a_run_is_published_after_the_commit_only(database: Database) -> None:
    published = Published()
    with database.transaction() as session:
        run_id = ask_for_run(session, PLAN, "telegram:7", published)
        assert published.ids == []
    assert published.ids == [run_id]
    row = _row(database, run_id)
    assert (row.state, row.asked_by) == ("queued", "telegram:7")
    assert Plan.model_validate(row.plan) == PLAN


def test_a_second_run_is_refused_until_the_first_has_ended(database: Database) -> None:
    first = _ask(database)
    with pytest.raises(RunUnfinished) as refused:
        _ask(database)
    assert refused.value.run_id == first
    with database.transaction() as session:
        finish(session, _held(database, first), {})
    second = _ask(database)
    with database.transaction() as session:
        assert [run.id for run in list_runs(session)] == [second, first]
        assert [run.id for run in list_runs(session, before=second)] == [first]


def test_of_two_claims_one_gets_the_run(database: Database) -> None:
    run_id = _ask(database)
    assert _held(database, run_id).attempt == 1
    assert _claim(database, run_id) is None
    with database.transaction() as session:
        assert unfinished_run(session) is not None


def test_a_trainer_that_was_thought_dead_writes_nothing(database: Database) -> None:
    run_id = _ask(database)
    late = _held(database, run_id)
    _lose(database, run_id)
    assert _held(database, run_id).attempt == 2
    for verb in (
        lambda session: beat(session, late, LEASE_S, Progress("training", 9, 10)),
        lambda session: finish(session, late, {"adapter": "late"}),
        lambda session: fail(session, late, "late"),
        lambda session: cancelled(session, late),
        lambda session: put_back(session, late),
    ):
        with pytest.raises(RunLost), database.transaction() as session:
            verb(session)
    row = _row(database, run_id)
    assert (row.state, row.step, row.report, row.error) == ("running", 0, {}, None)


def test_a_beat_writes_progress_and_keeps_what_it_does_not_speak_of(database: Database) -> None:
    run_id = _ask(database)
    lease = _held(database, run_id)
    with database.transaction() as session:
        said = Progress("training", 5, 10, loss=0.5, seconds_left=60.0, micro_batch=4)
        assert not beat(session, lease, LEASE_S, said, [(5, 0.5)])
    with database.transaction() as session:
        assert not beat(session, lease, LEASE_S, Progress("measuring", 1, 2))
    row = _row(database, run_id)
    assert (row.stage, row.step, row.steps, row.seconds_left) == ("measuring", 1, 2, None)
    assert (row.loss, row.micro_batch, row.report) == (0.5, 4, {"losses": [[5, 0.5]]})
    _lose(database, run_id)
    assert _held(database, run_id).losses == ((5, 0.5),)


def test_a_waiting_run_is_cancelled_at_once(database: Database) -> None:
    run_id = _ask(database)
    with database.transaction() as session:
        assert ask_to_cancel(session, run_id, "telegram:7") == "cancelled"
    row = _row(database, run_id)
    assert (row.state, row.cancel_asked_by) == ("cancelled", "telegram:7")
    assert row.finished_at is not None
    assert _claim(database, run_id) is None


def test_a_running_one_hears_it_at_its_next_beat_and_nobody_else_takes_it(
    database: Database,
) -> None:
    run_id = _ask(database)
    lease = _held(database, run_id)
    with database.transaction() as session:
        assert ask_to_cancel(session, run_id, "operator") == "running"
    with database.transaction() as session:
        assert beat(session, lease, LEASE_S)
    _lose(database, run_id)
    assert _claim(database, run_id) is None
    assert _recover(database) == []
    assert _row(database, run_id).state == "cancelled"


def test_one_that_has_ended_stays_as_it_is(database: Database) -> None:
    run_id = _ask(database)
    with database.transaction() as session:
        fail(session, _held(database, run_id), "no room")
    with database.transaction() as session:
        assert ask_to_cancel(session, run_id, "operator") == "failed"
    assert _row(database, run_id).cancel_asked_by is None
    with pytest.raises(NoSuchRun), database.transaction() as session:
        ask_to_cancel(session, run_id + 1, "operator")


def test_a_lost_run_is_published_again_and_ends_when_it_kills_its_trainers(
    database: Database,
) -> None:
    run_id = _ask(database)
    for _ in range(2):
        _held(database, run_id)
        assert _recover(database) == []
        _lose(database, run_id)
        assert _recover(database) == [run_id]
    _held(database, run_id)
    _lose(database, run_id)
    assert _recover(database) == []
    row = _row(database, run_id)
    assert (row.state, row.error) == ("failed", "its trainer died 3 times; is memory short?")


def test_a_run_that_is_stopped_again_and_again_is_not_thought_to_kill_its_trainers(
    database: Database,
) -> None:
    run_id = _ask(database)
    for _ in range(4):
        with database.transaction() as session:
            put_back(session, _held(database, run_id))
    _held(database, run_id)
    _lose(database, run_id)
    assert _recover(database) == [run_id]
    assert _row(database, run_id).state == "queued"


def test_a_run_whose_message_was_lost_is_published_later_and_later(database: Database) -> None:
    run_id = _ask(database, Published())
    assert _recover(database) == []
    waits = []
    for _ in range(3):
        with database.transaction() as session:
            session.execute(update(TrainingRun).values(publish_after=func.now()))
        assert _recover(database) == [run_id]
        with database.transaction() as session:
            wait = func.extract("epoch", TrainingRun.publish_after - func.now())
            waits.append(float(session.query(wait).scalar()))
    assert waits[0] < waits[1] < waits[2]


def test_a_run_without_a_publisher_is_published_by_housekeeping(database: Database) -> None:
    run_id = _ask(database)
    assert _recover(database) == [run_id]


def test_a_run_that_was_put_back_goes_on_in_other_hands(database: Database) -> None:
    run_id = _ask(database, Published())
    with database.transaction() as session:
        put_back(session, _held(database, run_id))
    assert _recover(database) == [run_id]
    assert _held(database, run_id).attempt == 2


def test_a_run_that_was_cancelled_is_not_put_back(database: Database) -> None:
    run_id = _ask(database)
    lease = _held(database, run_id)
    with database.transaction() as session:
        ask_to_cancel(session, run_id, "telegram:7")
    with database.transaction() as session:
        assert put_back(session, lease, was_killed=True) == "cancelled"
    row = _row(database, run_id)
    assert (row.state, row.cancel_asked_by) == ("cancelled", "telegram:7")
    assert row.finished_at is not None
    assert _ask(database) > run_id


@pytest.mark.parametrize("by_housekeeping", [False, True])
def test_one_that_was_put_back_though_it_was_cancelled_ends(
    database: Database, *, by_housekeeping: bool
) -> None:
    run_id = _ask(database)
    with database.transaction() as session:
        session.execute(update(TrainingRun).values(cancel_asked_by="telegram:7"))
    if by_housekeeping:
        assert _recover(database) == []
    else:
        with database.transaction() as session:
            assert ask_to_cancel(session, run_id, "operator") == "cancelled"
    assert _row(database, run_id).state == "cancelled"
    assert _ask(database) > run_id
