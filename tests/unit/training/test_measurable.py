"""An evaluation set is looked at, photo for photo, before hours are spent on what it measures."""

from pathlib import Path

import pytest

from config import Settings
from rap_engine.evaluation.rap_format import BadDataset
from rap_engine.training.errors import RunCancelled
from rap_engine.training.plan import GatePlan, Plan
from rap_engine.training.running.request import Request
from rap_engine.training.running.stages.measuring import check_measurable
from rap_engine.training.running.stages.stage import Run
from tests.unit.evaluation.sets import write_set


def _run(folder: Path, *, stops: bool = False) -> Run:
    settings = Settings.model_validate({"data_dir": folder / "data"})
    plan = Plan(gate=GatePlan(evaluation_set=write_set(folder / "set")))
    request = Request(run="1", profile="rap-mini")
    return Run(folder, plan, request, settings, lambda _: None, lambda: stops)


def test_a_whole_set_can_be_measured_on(tmp_path: Path) -> None:
    check_measurable(_run(tmp_path))


@pytest.mark.parametrize("photo", ["rex.jpg", "crimson.jpg", "yellow.jpg"])
def test_a_photo_that_is_cut_off_is_told_before_the_first_stage(tmp_path: Path, photo: str) -> None:
    run = _run(tmp_path)
    file = tmp_path / "set" / photo
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(BadDataset, match=photo):
        check_measurable(run)


def test_a_run_that_is_told_to_end_looks_no_further(tmp_path: Path) -> None:
    with pytest.raises(RunCancelled):
        check_measurable(_run(tmp_path, stops=True))
