"""Several processes train together."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rap_engine.training.errors import RunCancelled, TrainingError
from rap_engine.training.plan import Plan
from rap_engine.training.running import rank
from rap_engine.training.running.lifeline import FolderInUse, alone_in
from rap_engine.training.running.outcome import (
    FAILURE_FILE,
    TrainingResult,
)
from rap_engine.training.running.stages import learning
from rap_engine.training.running.stages.stage import Run
from tests.services import bare_settings
from tests.unit.training.running.subjects import REQUEST, RESULT


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
