"""A run's stages are done once each; its process ends when told to, or with its starter."""

import errno
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

from rap_engine.checkpoints.errors import DiskFull
from rap_engine.training import run as program
from rap_engine.training.errors import BadPlan, RunCancelled, TrainingError
from rap_engine.training.plan import Plan, TrainerPlan
from rap_engine.training.progress import Progress
from rap_engine.training.running import graces, rank
from rap_engine.training.running.lifeline import FolderInUse, Lifeline, alone_in
from rap_engine.training.running.markers import Markers
from rap_engine.training.running.outcome import (
    FAILURE_FILE,
    RESULT_FILE,
    STOPPED,
    TrainingResult,
)
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


RESULT: dict[str, dict[str, Any]] = {
    "records": {"records": 3, "kinds": {"caption": 3}, "skips": {}, "data_hash": "0"},
    "training": {
        "adapter": "/adapter",
        "sha256": "0",
        "steps": 3,
        "loss": 0.5,
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
        "evaluation_set": None,
        "reports": [],
    },
}


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
        def told(name: str) -> Stage:
            return Stage(name, lambda _: 0, lambda _run, _before: RESULT[name])

        training = Stage("training", lambda _: 0, lambda _run, _before: work())
        stages = (told("records"), training, told("measuring"))
        monkeypatch.setattr(program, "stages", lambda: stages)
        return program.run_in(folder, bare_settings(folder), Lifeline(io.StringIO()))

    def test_a_result(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        REQUEST.write(tmp_path, Plan())
        (tmp_path / FAILURE_FILE).write_text("{}")
        assert self._end(tmp_path, monkeypatch, lambda: RESULT["training"]) == 0
        assert json.loads((tmp_path / RESULT_FILE).read_text()) == RESULT
        assert not (tmp_path / FAILURE_FILE).exists()

    def test_a_result_that_lacks_something(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        REQUEST.write(tmp_path, Plan())
        assert self._end(tmp_path, monkeypatch, lambda: {"loss": 1.0}) == 1
        said = json.loads((tmp_path / FAILURE_FILE).read_text())
        assert said["code"] == "training"
        assert "training.adapter: Field required" in said["message"]

    @pytest.mark.parametrize(
        ("error", "code", "message"),
        [
            (BadPlan("no such layer"), "bad_plan", "no such layer"),
            (ZeroDivisionError("by zero"), "unexpected", "ZeroDivisionError: by zero"),
            (
                OSError(errno.ENOSPC, "No space left on device"),
                "weights_disk",
                "The disk is full. Free some room, and run the same again: what is finished is"
                " kept.",
            ),
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
        assert self._end(tmp_path, monkeypatch, lambda: RESULT["training"]) == 0

    def test_what_another_process_came_to_is_left_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / RESULT_FILE).write_text("{}")
        with alone_in(tmp_path):
            assert self._end(tmp_path, monkeypatch, dict) == 1
        assert (tmp_path / RESULT_FILE).exists()
        assert "Wait for its end" in json.loads((tmp_path / FAILURE_FILE).read_text())["message"]


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
    ) -> TrainingResult:
        def command(place: Path, processes: int) -> tuple[str, ...]:
            return (sys.executable, "-c", words, str(place), str(processes))

        monkeypatch.setattr(learning, "_command", command)
        settings = bare_settings(folder)
        run = Run(folder, Plan(), REQUEST, settings, lambda _: None, lambda: ends)
        return learning.train_on_all(run, 2)

    def test_what_the_first_leaves_is_the_result(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = {**RESULT["training"], "steps": 0}
        leaves = (
            "import sys, json\n"
            f"said = {said!r} | {{'steps': int(sys.argv[2])}}\n"
            "open(sys.argv[1] + '/trained.json', 'w').write(json.dumps(said))"
        )
        assert self._train(tmp_path, monkeypatch, leaves).steps == 2

    @pytest.mark.parametrize("words", ["", "open('trained.json', 'w').write('{}')"])
    def test_that_the_first_leaves_nothing_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
    ) -> None:
        (tmp_path / "trained.json").write_text(json.dumps(RESULT["training"]))
        monkeypatch.chdir(tmp_path)
        with pytest.raises(TrainingError, match="What came of training cannot be read"):
            self._train(tmp_path, monkeypatch, words)

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


class TestRank:
    """One of several: whatever it fails of is told, and the folder is its own until it is gone."""

    def _end(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[Run], TrainingResult]
    ) -> int:
        monkeypatch.setattr(rank, "train_here", work)
        monkeypatch.setattr(rank, "Settings", lambda: bare_settings(folder))
        monkeypatch.setattr(rank, "configure", lambda _: None)
        return rank.rank_in(folder)

    def test_what_it_came_to(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def work(run: Run) -> TrainingResult:
            with pytest.raises(FolderInUse), alone_in(run.folder):
                pass
            return TrainingResult.from_json(RESULT["training"])

        REQUEST.write(tmp_path, Plan())
        assert self._end(tmp_path, monkeypatch, work) == 0
        with alone_in(tmp_path):
            # Of a killed starter's folder the next attempt can be sure only now.
            assert json.loads((tmp_path / "trained.json").read_text()) == RESULT["training"]

    def test_it_works_beside_the_process_that_started_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("RANK", "1")
        REQUEST.write(tmp_path, Plan())
        trained = TrainingResult.from_json(RESULT["training"])
        with alone_in(tmp_path):
            assert self._end(tmp_path, monkeypatch, lambda _: trained) == 0
        assert not (tmp_path / "trained.json").exists()

    @pytest.mark.parametrize("number", ["0", "1"])
    @pytest.mark.parametrize(
        ("error", "message"),
        [(TrainingError("No room."), "No room."), (ValueError("odd"), "ValueError: odd")],
    )
    def test_a_failure(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        number: str,
        error: Exception,
        message: str,
    ) -> None:
        def fail(_: Run) -> TrainingResult:
            raise error

        monkeypatch.setenv("RANK", number)
        REQUEST.write(tmp_path, Plan())
        assert self._end(tmp_path, monkeypatch, fail) == 1
        assert json.loads((tmp_path / FAILURE_FILE).read_text())["message"] == message

    def test_a_folder_without_a_request(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self._end(tmp_path, monkeypatch, lambda _: pytest.fail("it trains")) == 1
        assert json.loads((tmp_path / FAILURE_FILE).read_text())["code"] == "bad_plan"

    def test_of_several_failures_the_first_stays(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(message: str) -> Callable[[Run], TrainingResult]:
            def work(_: Run) -> TrainingResult:
                raise TrainingError(message)

            return work

        REQUEST.write(tmp_path, Plan())
        self._end(tmp_path, monkeypatch, fail("No room."))
        self._end(tmp_path, monkeypatch, fail("The others are gone."))
        assert json.loads((tmp_path / FAILURE_FILE).read_text())["message"] == "No room."
        assert not list(tmp_path.glob(".failure*"))


def test_memory_is_given_back_before_the_next_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rap_engine import torch_runtime  # noqa: PLC0415  imports torch

    said: list[str] = []
    monkeypatch.setattr(torch_runtime, "release_memory", lambda: said.append("released"))
    run_stages(_run(tmp_path), (_stage("records", said), _stage("training", said)))
    assert said == ["records", "released", "training", "released"]


def test_who_stands_outside_waits_longer() -> None:
    assert 0 < graces.RANKS_S < graces.RUN_S
    assert graces.RUN_S < graces.ORPHAN_S < graces.NEXT_ATTEMPT_S


def test_a_marker_without_a_result_is_none(tmp_path: Path) -> None:
    markers = Markers(tmp_path)
    markers.write("records", "asked", {"records": 3})
    assert markers.read("records", "asked") == {"records": 3}
    for broken in ({"asked": "asked"}, {"asked": "asked", "result": 7}, []):
        (tmp_path / "finished" / "records.json").write_text(json.dumps(broken))
        assert markers.read("records", "asked") is None


def test_a_full_disk_is_told_and_what_was_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    REQUEST.write(tmp_path, Plan())
    monkeypatch.setattr("rap_engine.checkpoints.files.os.fsync", full)
    with pytest.raises(DiskFull, match="Free some room"):
        Request(run="another", profile="small").write(tmp_path, Plan(name="another"))
    assert Request.read(tmp_path) == (Plan(), REQUEST)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("[trainer]\nbatch = 0", "`trainer.batch`: Input should be greater than or equal to 1."),
        ("nam = 'rap'", "`nam`: Extra inputs are not permitted."),
        ("name = ", "is no TOML: Invalid value"),
    ],
)
def test_of_a_broken_plan_the_key_and_what_is_wrong_are_told(
    tmp_path: Path, words: str, said: str
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(words)
    with pytest.raises(BadPlan) as broken:
        Plan.read(file)
    assert said in str(broken.value)
    assert "http" not in str(broken.value)
    assert "\n" not in str(broken.value)
