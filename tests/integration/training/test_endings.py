"""What happens between a run's last look around and its end, and when its end itself fails."""

import errno
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from rap_engine.checkpoints import WeightsStore
from rap_engine.memory import Database
from rap_engine.memory.consent import agree_to_training, withdraw_from_training
from rap_engine.memory.in_service import read_serving
from rap_engine.training.plan import Plan
from rap_engine.training.running.lifeline import alone_in
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember
from tests.integration.training.conftest import SOON_S, Yard, soon
from workers.runs.queue import ask_to_cancel
from workers.runs.tables import Adapter, TrainingRun
from workers.tasks.housekeeping import FolderKeeper
from workers.tasks.train import Trainer

pytestmark = pytest.mark.integration

STAND_IN = Path(__file__).with_name("stand_in.py")
WAITS = """
import pathlib, runpy, sys, threading
folder, go = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
(folder / "begun").touch()
while not go.exists():
    threading.Event().wait(0.01)
runpy.run_path(sys.argv[3])
"""
FAILS_TRAINED = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
made = folder / "training" / "adapter"
made.mkdir(parents=True)
(made / "adapter_config.json").write_text("{}")
(made / "adapter_model.safetensors").write_bytes(b"days of work")
message = "x" * 900
(folder / "failure.json").write_text(json.dumps({"code": "bad_dataset", "message": message}))
sys.exit(1)
"""


@dataclass
class LastSecond:
    """A trainer that looks at nothing before its run's process, which waits for us, has ended."""

    yard: Yard
    go: Path

    @contextmanager
    def of(self, run_id: int) -> Iterator[None]:
        """Do a run; the block lasts while its process is about to end."""
        settings = self.yard.settings.model_copy(update={"job_lease_s": 600.0})
        trainer = Trainer(self.yard.database, settings, command=self._command, look_s=SOON_S)
        thread = threading.Thread(target=trainer.run, args=(run_id,))
        thread.start()
        try:
            soon((self.yard.folder(run_id).path / "begun").exists)
            yield
        finally:
            self.go.touch()
            thread.join(SOON_S)
            assert not thread.is_alive()

    def _command(self, folder: Path) -> tuple[str, ...]:
        return (sys.executable, "-c", WAITS, str(folder), str(self.go), str(STAND_IN))


@pytest.fixture
def last_second(yard: Yard, tmp_path: Path) -> LastSecond:
    return LastSecond(yard, tmp_path / "go")


def _nothing_came_of_it(yard: Yard) -> bool:
    with yard.database.transaction() as session:
        serving = read_serving(session)
        assert serving is not None
        known = session.scalars(select(Adapter)).all()
    names = WeightsStore(yard.settings.weights_dir).adapter_names()
    return serving.adapter is None and not known and not names


def _running(yard: Yard, script: str) -> Trainer:
    def command(folder: Path) -> tuple[str, ...]:
        return (sys.executable, "-c", script, str(folder))

    return Trainer(yard.database, yard.settings, command=command, look_s=0.05)


def test_one_that_is_cancelled_in_the_last_second_is_cancelled(
    yard: Yard, last_second: LastSecond
) -> None:
    run_id = yard.ask()
    with last_second.of(run_id), yard.database.transaction() as session:
        assert ask_to_cancel(session, run_id, "telegram:7") == "running"
    assert yard.row(run_id).state == "cancelled"
    assert yard.folder(run_id).is_cleared
    assert _nothing_came_of_it(yard)


def test_one_that_was_taken_over_in_the_last_second_writes_nothing(
    yard: Yard, last_second: LastSecond
) -> None:
    run_id = yard.ask()
    with last_second.of(run_id), yard.database.transaction() as session:
        session.execute(update(TrainingRun).values(attempt=TrainingRun.attempt + 1))
    assert (yard.row(run_id).state, yard.row(run_id).attempt) == ("running", 2)
    assert _nothing_came_of_it(yard)


def test_one_whose_person_withdraws_in_the_last_second_begins_anew(
    yard: Yard, database: Database, consenting: Plan, anna: Person, last_second: LastSecond
) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    with database.transaction() as session:
        agree_to_training(session, anna.user_id)
    run_id = yard.ask(consenting)
    with last_second.of(run_id), database.transaction() as session:
        withdraw_from_training(session, anna.user_id)
    row = yard.row(run_id)
    assert (row.state, row.uses_consented) == ("done", False)
    # The first beginning's line went with all that was made of her photos.
    assert yard.beginnings(run_id) == [0]
    assert row.report["losses"][0] == [1, 1.0]


def test_one_that_is_cancelled_while_its_trainer_is_stopped_keeps_nobody_away(yard: Yard) -> None:
    yard.tell(steps=100_000, pause_s=0.01)
    run_id = yard.ask()
    # No beat hears of it: they come by the minute.
    yard.settings = yard.settings.model_copy(update={"job_lease_s": 600.0})
    trainer = yard.trainer()
    thread = threading.Thread(target=trainer.run, args=(run_id,))
    thread.start()
    soon((yard.folder(run_id).path / "checkpoint.bin").exists)
    with yard.database.transaction() as session:
        ask_to_cancel(session, run_id, "telegram:7")
    trainer.stopping.set()
    thread.join(SOON_S)
    assert (yard.row(run_id).state, yard.row(run_id).error) == ("cancelled", None)
    assert yard.folder(run_id).is_cleared
    assert yard.ask() > run_id


def test_a_plan_of_another_version_ends_the_run_with_a_sentence(yard: Yard) -> None:
    run_id = yard.ask()
    with yard.database.transaction() as session:
        session.execute(text("UPDATE training_runs SET plan = plan || '{\"of_later\": 1}'"))
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    assert row.state == "failed"
    assert row.error is not None
    assert row.error.startswith("Its plan is of another version")
    assert "of_later" in row.error
    assert yard.ask() > run_id


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError("no such thing"), "KeyError: 'no such thing'. This is a fault of the program"),
        (OSError("\0\udc80"), "?"),
    ],
)
def test_whatever_goes_wrong_ends_the_run_and_is_told(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def breaks(*_: object) -> None:
        raise error

    monkeypatch.setattr("workers.tasks.train.prepare", breaks)
    run_id = yard.ask()
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    assert row.state == "failed"
    assert row.error is not None
    assert row.error.startswith(told)
    assert yard.ask() > run_id


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_folder_that_another_process_works_in_is_left_to_it(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, *, is_cancelled: bool
) -> None:
    monkeypatch.setattr("workers.tasks.train_preparing.NEXT_ATTEMPT_S", 0.3)
    run_id = yard.ask()
    place = yard.folder(run_id).path
    place.mkdir(parents=True)
    (place / "checkpoint.bin").write_text("2")
    with alone_in(place):
        if is_cancelled:
            cancels = _cancelling(yard, run_id)
            monkeypatch.setattr("workers.tasks.train_preparing.base_of", cancels)
        yard.trainer().run(run_id)
    assert yard.row(run_id).state == ("cancelled" if is_cancelled else "queued")
    assert (place / "checkpoint.bin").exists()
    if not is_cancelled:
        yard.trainer().run(run_id)
        assert yard.row(run_id).state == "done"
        assert yard.beginnings(run_id) == [2]


def _cancelling(yard: Yard, run_id: int) -> Callable[..., str]:
    def cancels(*_: object) -> str:
        with yard.database.transaction() as session:
            ask_to_cancel(session, run_id, "telegram:7")
        return "base"

    return cancels


def test_what_was_trained_before_a_failure_is_kept_and_told_of(
    yard: Yard, database: Database
) -> None:
    run_id = yard.ask()
    _running(yard, FAILS_TRAINED).run(run_id)
    FolderKeeper(database, yard.settings.training_dir).look()
    row = yard.row(run_id)
    (kept,) = (yard.folder(run_id).path.parent / "kept").iterdir()
    assert kept.name.startswith(f"dogs-{run_id}-")
    assert (kept / "adapter_model.safetensors").read_bytes() == b"days of work"
    assert row.state == "failed"
    assert row.error is not None
    assert f"is kept in {kept}: `rapbot adapter add`" in row.error
    assert row.error.endswith("measured.")
    assert yard.folder(run_id).is_cleared


def test_what_was_trained_is_kept_where_the_shelf_has_no_room(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("workers.runs.shelf.shutil.copyfile", full)
    monkeypatch.setattr("workers.tasks.train_ending._MADE", Path("adapter"))
    run_id = yard.ask()
    yard.trainer().run(run_id)
    row = yard.row(run_id)
    assert row.state == "failed"
    assert row.error is not None
    assert row.error.startswith("The disk is full.")
    (kept,) = (yard.folder(run_id).path.parent / "kept").iterdir()
    assert (kept / "adapter_model.safetensors").read_bytes() == b"weights"
    assert _nothing_came_of_it(yard)


def test_what_was_trained_on_photos_of_people_is_not_kept(
    yard: Yard, database: Database, consenting: Plan, anna: Person
) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    with database.transaction() as session:
        agree_to_training(session, anna.user_id)
    run_id = yard.ask(consenting)
    _running(yard, FAILS_TRAINED).run(run_id)
    assert yard.row(run_id).state == "failed"
    assert not list(yard.settings.training_dir.rglob("*.safetensors"))


def test_one_that_ran_out_of_its_lease_is_not_taken_while_its_adapter_is_brought_in(
    yard: Yard, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers.runs.recovery import recover_runs  # noqa: PLC0415
    from workers.runs.shelf import shelve  # noqa: PLC0415

    seen: list[list[int]] = []

    def looked_at(store: WeightsStore, folder: Path, name: str) -> None:
        with database.transaction() as session:
            seen.append(recover_runs(session, yard.published))
        shelve(store, folder, name)

    monkeypatch.setattr("workers.runs.bringing_in.shelve", looked_at)
    run_id = yard.ask()
    with database.transaction() as session:
        session.execute(update(TrainingRun).values(publish_after=func.now()))
    yard.settings = yard.settings.model_copy(update={"job_lease_s": 0.0001})
    yard.trainer().run(run_id)
    assert seen == [[]]
    assert yard.row(run_id).state == "done"
