"""A run's stages are done once each; its process ends when told to, or with its starter."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rap_engine.training import run as program
from rap_engine.training.errors import BadPlan, RunCancelled, TrainingError
from rap_engine.training.plan import Plan, TrainerPlan
from rap_engine.training.progress import Progress
from rap_engine.training.running.lifeline import FolderInUse, Lifeline, alone_in
from rap_engine.training.running.outcome import FAILURE_FILE, RESULT_FILE, STOPPED
from rap_engine.training.running.pace import Pace
from rap_engine.training.running.request import Request
from rap_engine.training.running.stages import learning
from rap_engine.training.running.stages.stage import Results, Run, Stage, run_stages
from tests.services import bare_settings

REQUEST = Request(run="7 of today", profile="small")


def _stage(name: str, done: list[str], asked: Callable[[Run], Any] = lambda _: 0) -> Stage:
    def work(_: Run, before: Results) -> dict[str, Any]:
        done.append(name)
        return {"after": list(before)}

    return Stage(name, asked, work)


def _stages(done: list[str]) -> tuple[Stage, ...]:
    return (
        _stage("records", done, lambda run: run.plan.records.model_dump(mode="json")),
        _stage("training", done, lambda run: run.plan.trainer.model_dump(mode="json")),
        _stage("measuring", done),
    )


def _run(folder: Path, plan: Plan | None = None, request: Request = REQUEST) -> Run:
    settings = bare_settings(folder)
    return Run(folder, plan or Plan(), request, settings, lambda _: None, lambda: False)


def test_stages_follow_each_other_and_know_what_came_of_those_before(tmp_path: Path) -> None:
    done: list[str] = []
    results = run_stages(_run(tmp_path), _stages(done))
    assert done == ["records", "training", "measuring"]
    assert results["measuring"] == {"after": ["records", "training"]}


def test_what_is_finished_is_not_done_again(tmp_path: Path) -> None:
    first = run_stages(_run(tmp_path), _stages([]))
    done: list[str] = []
    assert run_stages(_run(tmp_path), _stages(done)) == first
    assert done == []


def test_what_a_stage_depends_on_is_all_that_makes_it_be_done_again(tmp_path: Path) -> None:
    run_stages(_run(tmp_path), _stages([]))
    done: list[str] = []
    run_stages(_run(tmp_path, Plan(trainer=TrainerPlan(seed=1))), _stages(done))
    assert done == ["training", "measuring"]
    done.clear()
    other = Request(run="7 of another database", profile="small")
    run_stages(_run(tmp_path, request=other), _stages(done))
    assert done == ["records", "training", "measuring"]


def test_a_stage_that_was_left_is_the_next_one(tmp_path: Path) -> None:
    done: list[str] = []
    records, training, measuring = _stages(done)

    def leave(_: Run, __: Results) -> dict[str, Any]:
        raise RunCancelled("left")

    with pytest.raises(RunCancelled):
        run_stages(_run(tmp_path), (records, Stage("training", training.asked, leave), measuring))
    run_stages(_run(tmp_path), _stages(done))
    assert done == ["records", "training", "measuring"]


def test_no_stage_begins_once_the_run_shall_end(tmp_path: Path) -> None:
    done: list[str] = []
    settings = bare_settings(tmp_path)
    ended = Run(tmp_path, Plan(), REQUEST, settings, lambda _: None, lambda: True)
    with pytest.raises(RunCancelled):
        run_stages(ended, _stages(done))
    assert done == []


class TestProcess:
    """What the process leaves in its folder, and how it ends."""

    def _end(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[], dict[str, Any]]
    ) -> int:
        stage = Stage("training", lambda _: 0, lambda _run, _before: work())
        monkeypatch.setattr(program, "stages", lambda: (stage,))
        return program.run_in(folder, bare_settings(folder), Lifeline(io.StringIO()))

    def test_a_result(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        REQUEST.write(tmp_path, Plan())
        (tmp_path / FAILURE_FILE).write_text("{}")
        assert self._end(tmp_path, monkeypatch, lambda: {"loss": 1.0}) == 0
        assert json.loads((tmp_path / RESULT_FILE).read_text()) == {"training": {"loss": 1.0}}
        assert not (tmp_path / FAILURE_FILE).exists()

    @pytest.mark.parametrize(
        ("error", "code", "message"),
        [
            (BadPlan("no such layer"), "bad_plan", "no such layer"),
            (ZeroDivisionError("by zero"), "unexpected", "ZeroDivisionError: by zero"),
        ],
    )
    def test_a_failure(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        error: Exception,
        code: str,
        message: str,
    ) -> None:
        def fail() -> dict[str, Any]:
            raise error

        REQUEST.write(tmp_path, Plan())
        assert self._end(tmp_path, monkeypatch, fail) == 1
        said = json.loads((tmp_path / FAILURE_FILE).read_text())
        assert said == {"code": code, "message": message}

    def test_an_end_that_was_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def leave() -> dict[str, Any]:
            raise RunCancelled("left")

        REQUEST.write(tmp_path, Plan())
        assert self._end(tmp_path, monkeypatch, leave) == STOPPED
        assert not (tmp_path / RESULT_FILE).exists()

    def test_a_folder_without_a_plan(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self._end(tmp_path, monkeypatch, dict) == 1
        assert json.loads((tmp_path / FAILURE_FILE).read_text())["code"] == "bad_plan"

    def test_two_do_not_work_in_one_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        REQUEST.write(tmp_path, Plan())
        with alone_in(tmp_path):
            assert self._end(tmp_path, monkeypatch, dict) == 1
            with pytest.raises(FolderInUse), alone_in(tmp_path):
                pass
        assert self._end(tmp_path, monkeypatch, dict) == 0


class TestLifeline:
    """A process hears that it is to end."""

    def test_of_a_signal(self) -> None:
        lifeline = Lifeline(io.StringIO())
        with lifeline.held(watches_input=False):
            assert not lifeline.should_stop()
            os.kill(os.getpid(), signal.SIGTERM)
            assert lifeline.should_stop()

    def test_of_its_starters_end(self) -> None:
        waits = (
            "import time\n"
            "from rap_engine.training.running.lifeline import Lifeline\n"
            "lifeline = Lifeline()\n"
            "with lifeline.held(watches_input=True):\n"
            "    print('begun', flush=True)\n"
            "    while not lifeline.should_stop(): time.sleep(.01)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", waits],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            assert process.stdout.readline() == b"begun\n"
            assert process.poll() is None
            process.stdin.close()
            assert process.wait(20) == 0

    def test_of_a_reader_that_is_gone(self) -> None:
        class Gone(io.StringIO):
            def write(self, _: str) -> int:
                raise BrokenPipeError

        lifeline = Lifeline(Gone())
        lifeline.tell(Progress("records"))
        assert lifeline.should_stop()


def test_progress_is_a_line_and_other_lines_are_none() -> None:
    progress = Progress("training", 5, 10, loss=0.5, seconds_left=1.5, micro_batch=4)
    assert Progress.from_line(progress.to_line()) == progress
    for line in ("Loading weights: 100%", "[]", '{"progress": {"speed": 1}}', "7"):
        assert Progress.from_line(line) is None


def test_a_pace_says_how_long_the_rest_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("rap_engine.training.running.pace.time.monotonic", lambda: now)
    heard: list[Progress] = []
    pace = Pace("records", heard.append, now)
    now = 110.0
    pace.tell(10, 40)
    pace.tell(11, 40)
    pace.tell(40, 40)
    assert [(each.step, each.seconds_left) for each in heard] == [(10, 30.0), (40, 0.0)]


class TestSeveral:
    """Several processes train together; another program stands in for the one that starts them."""

    def _train(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, words: str, ends: bool = False
    ) -> dict[str, Any]:
        def command(place: Path, processes: int) -> tuple[str, ...]:
            return (sys.executable, "-c", words, str(place), str(processes))

        monkeypatch.setattr(learning, "_command", command)
        settings = bare_settings(folder)
        run = Run(folder, Plan(), REQUEST, settings, lambda _: None, lambda: ends)
        return learning.train_on_all(run, 2)

    def test_what_the_first_leaves_is_the_result(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        leaves = "import sys; open(sys.argv[1] + '/trained.json', 'w').write(sys.argv[2])"
        assert self._train(tmp_path, monkeypatch, leaves) == 2

    def test_what_one_failed_of_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fails = (
            "import sys, json\n"
            "said = json.dumps({'code': 'training', 'message': 'No room.'})\n"
            "open(sys.argv[1] + '/failure.json', 'w').write(said)\n"
            "sys.exit(1)"
        )
        with pytest.raises(TrainingError, match=r"No room\."):
            self._train(tmp_path, monkeypatch, fails)

    def test_they_are_told_to_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(RunCancelled):
            self._train(tmp_path, monkeypatch, "import time; time.sleep(60)", ends=True)
