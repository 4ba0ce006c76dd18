"""At night a run begins by itself, once, and only if something is new."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from rap_engine.memory import Database
from rap_engine.memory.consent import agree_to_training
from rap_engine.training.plan import Plan, RecordsPlan, SourcePlan
from tests.integration.conftest import Person
from tests.integration.jobs.publisher import Published
from tests.integration.memory.builders import remember
from workers.runs.nightly import ask_at_night, is_time
from workers.runs.queue import ask_for_run, ask_to_cancel
from workers.runs.reading import list_runs
from workers.runs.tables import TrainingRun
from workers.tasks.housekeeping import NightWatch

pytestmark = pytest.mark.integration


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "photos").mkdir()
    source = SourcePlan(layout="concepts", folder=tmp_path / "photos")
    return Plan(name="dogs", records=RecordsPlan(sources=(source,), consented=True))


def _ask(database: Database, plan: Plan) -> int | None:
    with database.transaction() as session:
        return ask_at_night(session, Published(), plan)


def _a_day_later(database: Database) -> None:
    """Let the night's run end, and a day go by."""
    with database.transaction() as session:
        for run in list_runs(session):
            ask_to_cancel(session, run.id, "operator")
        day = timedelta(days=1)
        session.execute(update(TrainingRun).values(created_at=TrainingRun.created_at - day))


def test_a_run_is_asked_for_once_a_night(database: Database, plan: Plan) -> None:
    run_id = _ask(database, plan)
    assert run_id is not None
    assert _ask(database, plan) is None
    with database.transaction() as session:
        ask_to_cancel(session, run_id, "operator")
        assert [run.asked_by for run in list_runs(session)] == ["schedule"]
    assert _ask(database, plan.model_copy(update={"name": "cats"})) is None


def test_nothing_new_is_no_run(database: Database, plan: Plan) -> None:
    _ask(database, plan)
    _a_day_later(database)
    assert _ask(database, plan) is None


@pytest.mark.parametrize("new", ["plan", "photos", "agreement"])
def test_what_is_new_is_a_run(database: Database, plan: Plan, anna: Person, new: str) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    _ask(database, plan)
    _a_day_later(database)
    if new == "plan":
        plan = plan.model_copy(update={"name": "cats"})
    elif new == "photos":
        (plan.records.sources[0].folder / "concepts.json").write_text("{}")
    else:
        with database.transaction() as session:
            agree_to_training(session, anna.user_id)
    assert _ask(database, plan) is not None


@pytest.mark.parametrize(("state", "is_again"), [("failed", True), ("done", False)])
def test_a_run_that_failed_is_tried_again_the_next_night(
    database: Database, plan: Plan, state: str, *, is_again: bool
) -> None:
    _ask(database, plan)
    with database.transaction() as session:
        session.execute(update(TrainingRun).values(state=state))
    assert _ask(database, plan) is None
    _a_day_later(database)
    assert (_ask(database, plan) is not None) is is_again


def test_what_failed_since_hides_nothing_of_what_was_done(database: Database, plan: Plan) -> None:
    for name, state in (("dogs", "done"), ("cats", "failed")):
        assert _ask(database, plan.model_copy(update={"name": name})) is not None
        with database.transaction() as session:
            waits = TrainingRun.state == "queued"
            session.execute(update(TrainingRun).where(waits).values(state=state))
        _a_day_later(database)
    assert _ask(database, plan) is None


def test_a_link_to_nowhere_keeps_no_run_from_being_asked_for(
    database: Database, plan: Plan
) -> None:
    folder = plan.records.sources[0].folder
    (folder / "gone.jpg").symlink_to(folder / "nowhere")
    (folder / "round").symlink_to(folder / "round")
    assert _ask(database, plan) is not None
    _a_day_later(database)
    (folder / "new.jpg").touch()
    assert _ask(database, plan) is not None


def test_an_admins_run_is_waited_for(database: Database, plan: Plan) -> None:
    with database.transaction() as session:
        run_id = ask_for_run(session, plan, "operator")
    assert _ask(database, plan) is None
    with database.transaction() as session:
        ask_to_cancel(session, run_id, "operator")
    assert _ask(database, plan) is not None


@pytest.mark.parametrize(
    ("train_at", "now", "is_so"),
    [
        ("03:00", "02:59", False),
        ("03:00", "03:00", True),
        ("03:00", "03:59", True),
        ("03:00", "04:00", False),
        ("23:30", "00:15", True),
        ("23:30", "00:45", False),
    ],
)
def test_its_hour_is_that_of_the_setting(train_at: str, now: str, *, is_so: bool) -> None:
    moment = datetime.fromisoformat(f"2026-03-01T{now}").replace(tzinfo=UTC)
    assert is_time(train_at, moment) is is_so


def test_the_watch_reads_the_plan_and_tells_what_is_wrong_with_it_once(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.toml"
    watch = NightWatch(database, Published(), datetime.now(UTC).strftime("%H:%M"), file)
    watch.look()
    watch.look()
    assert capsys.readouterr().out.count("no_run_at_night") == 1
    file.write_text('name = "dogs"')
    watch.look()
    with database.transaction() as session:
        assert [run.plan["name"] for run in list_runs(session)] == ["dogs"]
