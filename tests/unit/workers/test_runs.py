"""A run's folder, loss curve and process, without a database."""

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from rap_engine.checkpoints import WeightsStore
from rap_engine.training.progress import Progress
from rap_engine.training.running.outcome import FAILURE_FILE, RESULT_FILE, STOPPED
from tests.services import bare_settings
from workers.runs.bringing_in import NoAdapterMade, put_on_shelf
from workers.runs.folders import RunFolder, run_folders
from workers.runs.losses import MOST_POINTS, LossCurve
from workers.runs.outcome import outcome_of
from workers.runs.process import RunProcess, environment_of


def test_a_curve_keeps_its_shape_in_few_points() -> None:
    curve = LossCurve()
    for step in range(1, 5_001):
        curve.add(step, 1 / step)
    steps = [step for step, _ in curve.points]
    assert len(steps) <= MOST_POINTS
    assert steps == sorted(set(steps))
    assert steps[-1] == 5_000
    assert steps[0] < 100


def test_a_run_that_goes_on_takes_back_what_came_after_its_checkpoint() -> None:
    curve = LossCurve([(1, 1.0), (2, 0.9), (3, 0.8)])
    curve.add(2, 0.95)
    assert curve.points == [(1, 1.0), (2, 0.95)]


def test_of_an_ended_run_small_files_stay(tmp_path: Path) -> None:
    folder = RunFolder.of(tmp_path, 7)
    kept = ("training/metrics.jsonl", "training/loss.png", "result.json", "run.log", "lock")
    kept += ("training/tensorboard/events.out.tfevents.1.host",)
    gone = ("consented/photos/0.jpg", "consented/views.jsonl", "records/crops/1.png")
    gone += ("training/checkpoints/5/learned.safetensors", "annotations.sqlite")
    for name in (*kept, *gone):
        (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.path / name).touch()
    assert not folder.is_cleared
    folder.clear()
    assert folder.is_cleared
    left = {str(f.relative_to(folder.path)) for f in folder.path.rglob("*") if f.is_file()}
    assert left == set(kept)
    (tmp_path / "own-run").mkdir()
    assert [each.run_id for each in run_folders(tmp_path)] == [7]
    assert list(run_folders(tmp_path / "none")) == []


@pytest.mark.parametrize(
    ("status", "file", "text", "ended", "message"),
    [
        (0, RESULT_FILE, '{"training": {"loss": NaN}}', "done", ""),
        (STOPPED, RESULT_FILE, "", "stopped", ""),
        (1, FAILURE_FILE, '{"message": "No photos."}', "failed", "No photos."),
        (1, FAILURE_FILE, "", "failed", "its process ended with status 1"),
        (-9, FAILURE_FILE, "", "killed", "its process was ended by SIGKILL; is memory short?"),
    ],
)
def test_a_processs_end_is_told(
    tmp_path: Path, status: int, file: str, text: str, ended: str, message: str
) -> None:
    (tmp_path / file).write_text(text)
    outcome = outcome_of(status, tmp_path)
    assert (outcome.ended, outcome.message) == (ended, message)
    if ended == "done":
        assert outcome.result == {"training": {"loss": "NaN"}}


def test_an_adapter_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    store, made = WeightsStore(tmp_path / "weights"), tmp_path / "made"
    made.mkdir()
    with pytest.raises(NoAdapterMade):
        put_on_shelf(store, made, "dogs-1")
    for file in ("adapter_config.json", "adapter_model.safetensors"):
        (made / file).write_text("first")
    left_over = store.adapters / ".incoming" / "dogs-1"
    left_over.mkdir(parents=True)
    (left_over / "part").touch()
    put_on_shelf(store, made, "dogs-1")
    assert store.adapter_names() == ["dogs-1"]
    (made / "adapter_config.json").write_text("second")
    put_on_shelf(store, made, "dogs-1")
    files = {file.name: file.read_text() for file in (store.adapters / "dogs-1").iterdir()}
    assert files == {"adapter_config.json": "second", "adapter_model.safetensors": "first"}


def test_a_runs_process_gets_no_secret_that_it_does_not_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "hunter2"
    for name in ("RAPBOT_TELEGRAM_TOKEN", "RAPBOT_DATABASE_URL", "RAPBOT_REDIS_URL", "PGPASSWORD"):
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("RAPBOT_MARK", "rapbot:1")
    settings = bare_settings(
        tmp_path,
        telegram_token=secret,
        database_url=f"postgresql://u:{secret}@h/d",
        openai_api_key="key",
    )
    environment = environment_of(settings)
    assert not [name for name, value in environment.items() if secret in value]
    assert environment["RAPBOT_OPENAI_API_KEY"] == "key"
    assert environment["RAPBOT_DATA_DIR"] == str(tmp_path)
    assert environment["RAPBOT_MARK"] == "rapbot:1"


def test_a_process_that_does_not_hear_is_killed_with_what_it_started(tmp_path: Path) -> None:
    words = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        'print(\'{"progress": {"stage": "training", "step": %d}}\' % child.pid, flush=True)\n'
        "time.sleep(60)\n"
    )
    heard: list[Progress] = []
    log = tmp_path / "run.log"
    environment = dict(os.environ)
    command = (sys.executable, "-c", words)
    with RunProcess(command, tmp_path, environment, log, heard.append) as process:
        while not heard:
            assert process.wait(0.05) is None
        assert process.end(0.2) == -signal.SIGKILL
    child = heard[0].step
    deadline = time.monotonic() + 20
    while _lives(child):
        assert time.monotonic() < deadline


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
