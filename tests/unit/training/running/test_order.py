"""A run's stages are done once each, in their order."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rap_engine.training.errors import RunCancelled
from rap_engine.training.plan import Plan, TrainerPlan
from rap_engine.training.running.markers import Markers
from rap_engine.training.running.request import Request
from rap_engine.training.running.stages.stage import Results, Run, Stage, run_stages
from tests.services import bare_settings
from tests.unit.training.running.subjects import REQUEST, run_of


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


def test_stages_follow_each_other_and_know_what_came_of_those_before(tmp_path: Path) -> None:
    done: list[str] = []
    results = run_stages(run_of(tmp_path), _stages(done))
    assert done == ["records", "training", "measuring"]
    assert results["measuring"] == {"after": ["records", "training"]}


def test_what_is_finished_is_not_done_again(tmp_path: Path) -> None:
    first = run_stages(run_of(tmp_path), _stages([]))
    done: list[str] = []
    assert run_stages(run_of(tmp_path), _stages(done)) == first
    assert done == []


def test_what_a_stage_depends_on_is_all_that_makes_it_be_done_again(tmp_path: Path) -> None:
    run_stages(run_of(tmp_path), _stages([]))
    done: list[str] = []
    run_stages(run_of(tmp_path, Plan(trainer=TrainerPlan(seed=1))), _stages(done))
    assert done == ["training", "measuring"]
    done.clear()
    other = Request(run="7 of another database", profile="small")
    run_stages(run_of(tmp_path, request=other), _stages(done))
    assert done == ["records", "training", "measuring"]


def test_a_stage_that_was_left_is_the_next_one(tmp_path: Path) -> None:
    done: list[str] = []
    records, training, measuring = _stages(done)

    def leave(_: Run, __: Results) -> dict[str, Any]:
        raise RunCancelled("left")

    with pytest.raises(RunCancelled):
        run_stages(run_of(tmp_path), (records, Stage("training", training.asked, leave), measuring))
    run_stages(run_of(tmp_path), _stages(done))
    assert done == ["records", "training", "measuring"]


def test_no_stage_begins_once_the_run_shall_end(tmp_path: Path) -> None:
    done: list[str] = []
    settings = bare_settings(tmp_path)
    ended = Run(tmp_path, Plan(), REQUEST, settings, lambda _: None, lambda: True)
    with pytest.raises(RunCancelled):
        run_stages(ended, _stages(done))
    assert done == []


def test_memory_is_given_back_before_the_next_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rap_engine import torch_runtime  # noqa: PLC0415  imports torch

    said: list[str] = []
    monkeypatch.setattr(torch_runtime, "release_memory", lambda: said.append("released"))
    run_stages(run_of(tmp_path), (_stage("records", said), _stage("training", said)))
    assert said == ["records", "released", "training", "released"]


def test_a_marker_without_a_result_is_none(tmp_path: Path) -> None:
    markers = Markers(tmp_path)
    markers.write("records", "asked", {"records": 3})
    assert markers.read("records", "asked") == {"records": 3}
    for broken in ({"asked": "asked"}, {"asked": "asked", "result": 7}, []):
        (tmp_path / "finished" / "records.json").write_text(json.dumps(broken))
        assert markers.read("records", "asked") is None
