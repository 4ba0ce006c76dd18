"""What a run's process leaves in its folder, and how it ends."""

import errno
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rap_engine.training import run as program
from rap_engine.training.errors import BadPlan, RunCancelled
from rap_engine.training.plan import Plan
from rap_engine.training.progress import Progress
from rap_engine.training.running.lifeline import FolderInUse, Lifeline, alone_in
from rap_engine.training.running.outcome import (
    FAILURE_FILE,
    RESULT_FILE,
    STOPPED,
)
from rap_engine.training.running.pace import Pace
from rap_engine.training.running.stages.stage import Stage
from tests.services import bare_settings
from tests.unit.training.running.subjects import REQUEST, RESULT


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
