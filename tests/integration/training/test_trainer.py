"""A trainer starts, watches and ends the process of a run; the row says what came of it."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from rap_engine.checkpoints import WeightsStore
from rap_engine.memory import Database
from rap_engine.memory.in_service import read_serving, wish_for
from rap_engine.training.plan import GatePlan, Plan
from rap_engine.training.running.lifeline import LOCK_FILE
from tests.integration.adapters.shelf import know, write_adapter
from tests.integration.training.conftest import PROFILE, Yard, soon
from workers.runs.holding import claim, put_back
from workers.runs.queue import ask_to_cancel
from workers.runs.recovery import recover_runs
from workers.runs.tables import Adapter, Promotion, TrainingRun
from workers.tasks.housekeeping import FolderKeeper

pytestmark = pytest.mark.integration

ENDLESS = {"steps": 100_000, "pause_s": 0.01}


def _serving(database: Database) -> str | None:
    with database.transaction() as session:
        serving = read_serving(session)
    assert serving is not None
    return serving.adapter


def test_a_run_that_passes_is_registered_and_answers(yard: Yard, database: Database) -> None:
    run_id = yard.ask(by="telegram:7")
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    name = f"dogs-{run_id}"
    assert (row.state, row.error, row.step, row.steps) == ("done", None, 3, 3)
    assert row.report["adapter"] == name
    assert row.report["promoted"] is True
    assert row.report["losses"] == [[1, 1.0], [2, 0.5], [3, pytest.approx(1 / 3)]]
    assert WeightsStore(yard.settings.weights_dir).adapter_names() == [name]
    with database.transaction() as session:
        adapter = session.scalars(select(Adapter)).one()
        promotion = session.scalars(select(Promotion)).one()
    assert (adapter.name, adapter.profile, adapter.run_id) == (name, PROFILE, run_id)
    assert adapter.base.endswith("small-llava@main")
    assert (adapter.verdict, adapter.made_by) == (
        "passed",
        "telegram:7",
    )
    assert (promotion.adapter, promotion.why, promotion.by) == (name, "gate", "telegram:7")
    assert _serving(database) == name
    assert yard.folder(run_id).is_cleared


@pytest.mark.parametrize("verdict", ["failed", "not_measured"])
def test_a_worse_one_is_registered_and_does_not_answer(
    yard: Yard, database: Database, verdict: str
) -> None:
    yard.tell(steps=1, verdict=verdict)
    run_id = yard.ask()
    yard.trainer().run(run_id)
    assert yard.row(run_id).report["promoted"] is False
    with database.transaction() as session:
        assert session.scalars(select(Adapter.verdict)).all() == [verdict]
        assert session.scalars(select(Promotion)).all() == []
    assert _serving(database) is None


def test_one_that_passes_waits_where_the_plan_says_so(yard: Yard, database: Database) -> None:
    run_id = yard.ask(Plan(name="dogs", gate=GatePlan(promote=False)))
    yard.trainer().run(run_id)
    assert yard.row(run_id).state == "done"
    assert _serving(database) is None


def test_one_of_a_profile_that_does_not_serve_is_kept_for_later(
    yard: Yard, database: Database
) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE in_service SET profile = 'starter'"))
        wish_for(session, "starter")
    run_id = yard.ask(Plan(name="dogs", profile=PROFILE))
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    assert (row.state, row.report["promoted"]) == ("done", False)
    assert "does not answer now" in row.report["not_promoted"]


def test_one_that_was_measured_beside_something_else_waits(yard: Yard, database: Database) -> None:
    yard.tell(steps=1, beside="what-an-admin-took-off-meanwhile")
    run_id = yard.ask()
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    assert (row.state, row.report["promoted"]) == ("done", False)
    assert "measured beside" in row.report["not_promoted"]
    assert _serving(database) is None


def test_a_profile_without_a_language_model_cannot_be_trained(yard: Yard) -> None:
    run_id = yard.ask(Plan(name="dogs", profile="starter"))
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    assert row.state == "failed"
    assert row.error is not None
    assert "starter has no language model" in row.error


def test_what_a_stage_says_of_its_failure_stands_in_the_row(yard: Yard) -> None:
    yard.tell(steps=3, fail="The folder holds no photos.")
    run_id = yard.ask()
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    assert (row.state, row.error) == ("failed", "The folder holds no photos.")


def test_a_result_that_lacks_a_part_ends_the_run_with_a_sentence(yard: Yard) -> None:
    yard.tell(steps=1, lacks="measuring")
    run_id = yard.ask()
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    assert row.state == "failed"
    assert row.error == "What came of the run cannot be read: measuring: Field required"


def test_an_adapter_of_another_database_is_not_written_over(yard: Yard, database: Database) -> None:
    store = WeightsStore(yard.settings.weights_dir)
    run_id = yard.ask()
    theirs = write_adapter(store, f"dogs-{run_id}", b"of another database")
    yard.trainer().run(run_id)
    assert yard.row(run_id).report["adapter"] == f"dogs-{run_id}-2"
    assert _serving(database) == f"dogs-{run_id}-2"
    assert (theirs / "adapter_model.safetensors").read_bytes() == b"of another database"


def test_a_name_in_the_registry_is_taken_though_its_files_are_gone(
    yard: Yard, database: Database
) -> None:
    store = WeightsStore(yard.settings.weights_dir)
    run_id = yard.ask()
    know(database, store, f"dogs-{run_id}", profile=PROFILE)
    shutil.rmtree(store.adapters / f"dogs-{run_id}")
    yard.trainer().run(run_id)
    assert yard.row(run_id).report["adapter"] == f"dogs-{run_id}-2"
    assert store.adapter_names() == [f"dogs-{run_id}-2"]


def test_a_run_that_was_interrupted_behind_its_copy_takes_that(
    yard: Yard, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = yard.ask()

    def away(*_: object, **__: object) -> None:
        raise OperationalError("", None, Exception("the database is away"))

    with monkeypatch.context() as patched:
        patched.setattr("workers.tasks.train_ending.bring_in", away)
        yard.trainer().run(run_id)
    assert yard.row(run_id).state == "running"
    soon(lambda: _recovered(yard, database) == [run_id])
    yard.trainer().run(run_id)
    assert yard.row(run_id).report["adapter"] == f"dogs-{run_id}"
    assert WeightsStore(yard.settings.weights_dir).adapter_names() == [f"dogs-{run_id}"]


def test_kills_are_counted_and_stops_are_not(yard: Yard, database: Database) -> None:
    run_id = yard.ask()
    for _ in range(3):
        with database.transaction() as session:
            lease = claim(session, run_id, 60.0)
            assert lease is not None
            put_back(session, lease)
    yard.tell(steps=3, dies=True)
    for _ in range(2):
        yard.trainer().run(run_id)
        assert yard.row(run_id).state == "queued"
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    assert row.state == "failed"
    assert row.error == "its process was ended by SIGKILL; is memory short?"


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_run_that_is_cancelled_ends_whatever_its_process_does(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, *, stubborn: bool
) -> None:
    monkeypatch.setattr("workers.tasks.train.GRACE_S", 0.5 if stubborn else 10.0)
    yard.tell(**ENDLESS, stubborn=stubborn)
    run_id = yard.ask()
    with yard.at_work(run_id):
        with yard.database.transaction() as session:
            assert ask_to_cancel(session, run_id, "telegram:7") == "running"
        soon(lambda: yard.row(run_id).state == "cancelled")
    soon(lambda: yard.folder(run_id).is_cleared)
    assert not _processes(yard.folder(run_id).path)


def test_a_trainer_that_is_stopped_puts_its_run_back_and_the_next_goes_on(yard: Yard) -> None:
    yard.tell(**ENDLESS)
    run_id = yard.ask()
    with yard.at_work(run_id) as trainer:
        trainer.stopping.set()
        soon(lambda: yard.row(run_id).state == "queued")
    reached = int((yard.folder(run_id).path / "checkpoint.bin").read_text())
    yard.tell(steps=reached + 2)
    yard.trainer().run(run_id)
    assert yard.row(run_id).state == "done"
    assert yard.beginnings(run_id) == [0, reached]
    curve = [step for step, _ in yard.row(run_id).report["losses"]]
    assert curve[-2:] == [reached + 1, reached + 2]


def test_a_run_that_another_trainer_has_is_left_at_once(yard: Yard, database: Database) -> None:
    yard.tell(**ENDLESS)
    run_id = yard.ask()
    with yard.at_work(run_id):
        with database.transaction() as session:
            session.execute(update(TrainingRun).values(attempt=TrainingRun.attempt + 1))
        soon(lambda: not _processes(yard.folder(run_id).path))
    assert yard.row(run_id).state == "running"


def test_a_trainer_that_is_killed_is_followed_by_one_that_goes_on(
    yard: Yard, database: Database, tmp_path: Path
) -> None:
    yard.tell(**ENDLESS)
    run_id = yard.ask()
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from config import Settings\n"
        "from rap_engine.memory import Database\n"
        "from workers.tasks.train import Trainer\n"
        "url, folder, stand_in, run_id = sys.argv[1:]\n"
        f"settings = Settings(_env_file=None, data_dir=Path(folder), profile={PROFILE!r},"
        " job_lease_s=2.0)\n"
        "command = lambda place: (sys.executable, stand_in, str(place))\n"
        "Trainer(Database(url), settings, command=command).run(int(run_id))\n"
    )
    stand_in = Path(__file__).with_name("stand_in.py")
    process = subprocess.Popen(
        [sys.executable, "-c", program, database.url, str(tmp_path), str(stand_in), str(run_id)],
        cwd=Path(__file__).parents[3],
    )
    try:
        soon(lambda: yard.row(run_id).step > 0)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    soon(lambda: not _processes(yard.folder(run_id).path))
    soon(lambda: _recovered(yard, database) == [run_id])
    reached = int((yard.folder(run_id).path / "checkpoint.bin").read_text())
    yard.tell(steps=reached + 1)
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    assert (row.state, row.attempt) == ("done", 2)
    assert yard.beginnings(run_id) == [0, reached]
    assert reached > 0


def test_folders_of_runs_that_ended_elsewhere_are_cleared(yard: Yard, database: Database) -> None:
    run_id = yard.ask()
    keeper = FolderKeeper(database, yard.settings.training_dir)
    other = yard.settings.training_dir / "own-experiment"
    for folder in (yard.folder(run_id).path, other):
        (folder / "records").mkdir(parents=True)
        (folder / "records" / "photo.jpg").touch()
        (folder / "metrics.jsonl").touch()
    keeper.look()
    assert not yard.folder(run_id).is_cleared
    with database.transaction() as session:
        ask_to_cancel(session, run_id, "operator")
    keeper.look()
    left = {file.name for file in yard.folder(run_id).path.rglob("*")}
    assert left - {LOCK_FILE} == {"metrics.jsonl"}
    assert (other / "records" / "photo.jpg").exists()


def _recovered(yard: Yard, database: Database) -> list[int]:
    with database.transaction() as session:
        return recover_runs(session, yard.published)


def _processes(folder: Path) -> list[int]:
    """Return the processes that work in a folder."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if str(folder) in (process.info["cmdline"] or [])
    ]
