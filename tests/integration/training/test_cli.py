"""`rapbot train` as an operator types it."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner

from bot.administration.tables import AuditEntry
from config import Settings
from rap_engine.memory import Database
from rap_engine.training.errors import BadPlan
from rap_engine.training.progress import Progress
from rap_engine.training.running.lifeline import FolderInUse, alone_in
from rap_engine.training.running.markers import Markers
from rap_engine.training.running.outcome import RunResult
from rapbot.cli import app
from rapbot.cli._runs import results_here
from tests.integration.training.conftest import Yard
from tests.unit.workers.test_runs import RESULT
from workers.runs.errors import NoSuchRun, RunUnfinished
from workers.runs.holding import beat, claim
from workers.tasks.housekeeping import FolderKeeper

pytestmark = pytest.mark.integration

Rapbot = Callable[..., str]
STAND_IN = Path(__file__).with_name("stand_in.py")


class Ended(Exception):
    """The verb ended with another status than 0."""


@pytest.fixture
def rapbot(
    services: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch, yard: Yard
) -> Rapbot:
    assert services.redis_url is not None
    monkeypatch.chdir(yard.settings.data_dir)
    monkeypatch.setenv("RAPBOT_DATA_DIR", str(yard.settings.data_dir))
    monkeypatch.setenv("RAPBOT_DATABASE_URL", database_url)
    monkeypatch.setenv("RAPBOT_REDIS_URL", services.redis_url.get_secret_value())
    monkeypatch.setattr(
        "workers.runs.process.stage_command",
        lambda folder: (sys.executable, str(STAND_IN), str(folder)),
    )

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["train", *words])
        if isinstance(done.exception, SystemExit | typer.Exit):
            raise Ended(done.output)
        if done.exception is not None:
            raise done.exception
        return done.stdout

    return run


@pytest.fixture
def plan(tmp_path: Path) -> str:
    file = tmp_path / "plan.toml"
    file.write_text('name = "dogs"\nprofile = "small"')
    return str(file)


def test_a_run_is_asked_for_watched_and_cancelled(
    rapbot: Rapbot, plan: str, database: Database, yard: Yard
) -> None:
    assert rapbot("runs") == "There were no runs.\n"
    said = rapbot("start", plan)
    run_id = int(said.split()[1])
    assert said.startswith(f"Run {run_id} waits for a trainer.")
    with pytest.raises(RunUnfinished):
        rapbot("start", plan)
    with database.transaction() as session:
        lease = claim(session, run_id, 60.0)
        assert lease is not None
        beat(session, lease, 60.0, Progress("training", 1000, 2000, 0.25, 120.0))
    assert "running    dogs                 training 1,000 of 2,000" in rapbot("runs")
    shown = rapbot("show", str(run_id))
    assert "training loss 0.2500\nabout 2 min left\n" in shown
    assert json.loads(rapbot("show", str(run_id), "--json"))["plan"]["profile"] == "small"
    assert rapbot("cancel", str(run_id)) == f"Run {run_id} will end within seconds.\n"
    assert "its end was asked for by operator" in rapbot("show", str(run_id))
    with database.transaction() as session:
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["run_asked_for", "run_cancel_asked"]


def test_what_came_of_a_run_is_shown(rapbot: Rapbot, plan: str, yard: Yard) -> None:
    run_id = int(rapbot("start", plan).split()[1])
    yard.trainer().run(run_id)
    shown = rapbot("show", str(run_id))
    assert "the gate says: passed\n  Recognition: .9.\n" in shown
    made = yard.settings.weights_dir / "adapters" / f"dogs-{run_id}"
    assert f"adapter in {made}\n" in shown
    assert made.is_dir()
    assert shown.endswith(f"dogs-{run_id} answers since then\n")
    assert rapbot("cancel", str(run_id)) == f"Run {run_id} is done.\n"


def test_a_number_that_is_none_is_told(rapbot: Rapbot) -> None:
    with pytest.raises(NoSuchRun):
        rapbot("show", "7")
    with pytest.raises(NoSuchRun):
        rapbot("cancel", "7")


def test_the_plan_may_be_that_of_the_settings(
    rapbot: Rapbot, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Ended, match="RAPBOT_TRAINING_PLAN"):
        rapbot("start")
    monkeypatch.setenv("RAPBOT_TRAINING_PLAN", plan)
    assert rapbot("start").startswith("Run ")


def test_a_run_here_needs_no_services(
    rapbot: Rapbot, plan: str, monkeypatch: pytest.MonkeyPatch, yard: Yard
) -> None:
    monkeypatch.delenv("RAPBOT_DATABASE_URL")
    monkeypatch.delenv("RAPBOT_REDIS_URL")
    folder = yard.settings.training_dir / "here" / "dogs"
    said = rapbot("here", plan)
    assert said.endswith(f"Next: `rapbot adapter add {folder / 'adapter'} dogs`\n")
    assert f"adapter in {folder / 'adapter'}\nthe gate says: passed\n" in said
    assert json.loads((folder / "request.json").read_text())["profile"] == "small"
    assert not (yard.settings.data_dir / "postgres").exists()


def test_a_run_here_is_none_of_the_trainers_whatever_its_name(
    rapbot: Rapbot, tmp_path: Path, yard: Yard, database: Database
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('name = "2024"')
    rapbot("here", str(file))
    FolderKeeper(database, yard.settings.training_dir).look()
    folder = yard.settings.training_dir / "here" / "2024"
    assert (folder / "adapter" / "adapter_model.safetensors").exists()


def test_a_run_here_that_was_finished_says_so(rapbot: Rapbot, plan: str, yard: Yard) -> None:
    assert "nothing was done" not in rapbot("here", plan)
    folder = yard.settings.training_dir / "here" / "dogs"
    Markers(folder).write("records", "asked", {})
    file = next(folder.glob("finished/*"))
    os.utime(file, (86_400, 86_400))
    said = rapbot("here", plan)
    assert said.endswith(
        "It was finished on 1970-01-02; nothing was done."
        f" Take --folder, or delete {folder}, to train anew.\n"
    )


def test_a_run_here_leaves_alone_what_another_works_in(
    rapbot: Rapbot, plan: str, tmp_path: Path
) -> None:
    folder = tmp_path / "taken"
    folder.mkdir()
    (folder / "plan.json").write_text("its own")
    with alone_in(folder), pytest.raises(FolderInUse, match="still works in"):
        rapbot("here", plan, "--folder", str(folder))
    assert {each.name for each in folder.iterdir()} == {"plan.json", "lock"}
    assert (folder / "plan.json").read_text() == "its own"


def test_a_run_here_is_measured_beside_the_base(tmp_path: Path) -> None:
    told = "Recognition: 0.930, beside 0.910 of what serves."
    measuring = {**RESULT["measuring"], "reasons": [told]}
    result = RunResult.from_json({**RESULT, "measuring": measuring})
    said = list(results_here(result, "dogs", tmp_path))
    assert "  Recognition: 0.930, beside 0.910 of the base alone." in said


def test_a_run_here_that_fails_says_why(rapbot: Rapbot, plan: str, yard: Yard) -> None:
    yard.tell(steps=1, fail="No photos.")
    with pytest.raises(Ended, match=r"The run failed: No photos\."):
        rapbot("here", plan)


def test_a_run_here_has_nothing_of_people_who_agreed(
    rapbot: Rapbot, tmp_path: Path, yard: Yard
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("[records]\nconsented = true")
    with pytest.raises(BadPlan, match="needs a database"):
        rapbot("here", str(file))
