"""A run's folder, loss curve and process, without a database."""

import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from rap_engine.training.progress import Progress
from rap_engine.training.running.lifeline import alone_in
from rap_engine.training.running.outcome import FAILURE_FILE, RESULT_FILE, STOPPED, RunResult
from tests.services import bare_settings
from workers.runs.folders import RunFolder, run_folders
from workers.runs.losses import MOST_POINTS, LossCurve
from workers.runs.outcome import outcome_of
from workers.runs.process import RunProcess, environment_of

SOON_S = 30.0
RESULT = {
    "records": {"records": 3, "kinds": {}, "skips": {}, "data_hash": "0"},
    "training": {
        "adapter": "/adapter",
        "sha256": "0",
        "steps": 3,
        "loss": math.nan,
        "held_out_loss": None,
        "seconds": 1.0,
        "counts": {"records": 3},
        "unreadable": 0,
    },
    "measuring": {
        "verdict": "passed",
        "reasons": [],
        "before": {},
        "after": {},
        "beside": None,
    },
}


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
    for other in ("2024", "here/2024", "runs/own"):
        (tmp_path / other).mkdir(parents=True)
    assert [each.run_id for each in run_folders(tmp_path)] == [7]
    assert list(run_folders(tmp_path / "none")) == []


def test_a_folder_that_somebody_works_in_is_not_cleared(tmp_path: Path) -> None:
    folder = RunFolder.of(tmp_path, 7)
    (folder.path / "records").mkdir(parents=True)
    (folder.path / "records" / "photo.jpg").touch()
    with alone_in(folder.path):
        assert not folder.clear_if_left()
        assert not folder.is_cleared
    assert folder.clear_if_left()
    assert folder.is_cleared


@pytest.mark.parametrize(
    ("status", "file", "text", "ended", "message"),
    [
        (0, RESULT_FILE, json.dumps(RESULT), "done", ""),
        (0, RESULT_FILE, "", "failed", "What came of the run cannot be read: Input should"),
        (0, RESULT_FILE, "[]", "failed", "What came of the run cannot be read: Input should"),
        (
            0,
            RESULT_FILE,
            json.dumps({**RESULT, "training": {}}),
            "failed",
            "What came of the run cannot be read: training.adapter: Field required;",
        ),
        (1, FAILURE_FILE, "[]", "failed", "its process ended with status 1; its log says more"),
        (STOPPED, RESULT_FILE, "", "stopped", ""),
        (1, FAILURE_FILE, '{"code": "training", "message": "No photos."}', "failed", "No photos."),
        (1, FAILURE_FILE, "", "failed", "its process ended with status 1"),
        (-9, FAILURE_FILE, "", "killed", "its process was ended by SIGKILL; is memory short?"),
        (-40, FAILURE_FILE, "", "killed", "its process was ended by signal 40; is memory short?"),
    ],
)
def test_a_processs_end_is_told(
    tmp_path: Path, status: int, file: str, text: str, ended: str, message: str
) -> None:
    (tmp_path / file).write_text(text)
    outcome = outcome_of(status, tmp_path)
    assert outcome.ended == ended
    assert outcome.message.startswith(message)
    assert bool(message) or not outcome.message
    assert (outcome.result is not None) == (ended == "done")


def test_a_broken_models_loss_is_a_word_that_every_json_has(tmp_path: Path) -> None:
    (tmp_path / RESULT_FILE).write_text(json.dumps(RESULT))
    result = outcome_of(0, tmp_path).result
    assert result is not None
    assert math.isnan(result.training.loss)
    assert result.to_json()["training"]["loss"] == "nan"
    assert RunResult.from_json(result.to_json()).to_json() == result.to_json()


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


REPORT = b'{"progress": {"stage": "training", "step": 3}}\n'


def _process(folder: Path, words: str, tell: Callable[[Progress], None]) -> RunProcess:
    command = (sys.executable, "-c", words)
    return RunProcess(command, folder, dict(os.environ), folder / "run.log", tell)


@pytest.mark.parametrize(
    "junk",
    [
        "b'caf\\xe9\\n'",
        "b'[' * 60_000 + b'\\n'",
        'b\'{"progress": {"loss": "x"}}\\n\'',
        "b'x' * 3_000_000 + b'\\n'",
    ],
)
def test_whatever_a_process_prints_it_is_read_on(tmp_path: Path, junk: str) -> None:
    words = (
        "import sys\n"
        f"sys.stdout.buffer.write({junk} + {REPORT!r})\n"
        "sys.stdout.buffer.write(b'a line of a library\\n' * 10_000)\n"
    )
    heard: list[Progress] = []
    with _process(tmp_path, words, heard.append) as process:
        assert process.wait(SOON_S) == 0
    assert heard == [Progress("training", 3)]


def test_what_cannot_be_told_does_not_hold_up_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(_: Progress) -> None:
        raise OSError("the terminal is gone")

    words = f"import sys; sys.stdout.buffer.write({REPORT!r} * 10_000)"
    with _process(tmp_path, words, tell) as process:
        assert process.wait(SOON_S) == 0
    assert "progress_not_told" in capsys.readouterr().out


@pytest.mark.parametrize("ends", ["by itself", "by us"])
def test_nobody_waits_for_whoever_holds_the_output_in_another_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    monkeypatch.setattr("workers.runs.process.LAST_WORDS_S", 0.3)
    words = (
        "import subprocess, sys, time\n"
        "child = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "pid = subprocess.Popen(child, start_new_session=True).pid\n"
        'print(\'{"progress": {"stage": "training", "step": %d}}\' % pid, flush=True)\n'
        f"time.sleep({60 if ends == 'by us' else 0})\n"
    )
    heard: list[Progress] = []
    begun = time.monotonic()
    with _process(tmp_path, words, heard.append) as process:
        while not heard:
            process.wait(0.05)
        assert process.end(0.0) is not None if ends == "by us" else process.wait(SOON_S) == 0
    try:
        assert _lives(heard[0].step)
        assert time.monotonic() - begun < SOON_S
        assert not process._reader.is_alive()
    finally:
        os.kill(heard[0].step, signal.SIGKILL)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
