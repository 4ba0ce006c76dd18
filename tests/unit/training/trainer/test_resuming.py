"""A run that ended before its time goes on as if it had not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from rap_engine.errors import WeightsCorrupt
from rap_engine.training.errors import BadPlan, TrainingError
from rap_engine.training.plan import TrainerPlan
from rap_engine.training.progress import Progress
from rap_engine.training.trainer import checkpoints
from rap_engine.training.trainer.metrics import Metric, read_metrics
from rap_engine.training.trainer.train import Trained, train
from tests.unit.training.trainer.subjects import plan, records

STEPS = 9
# With dropout, two rates, several epochs, and records held out.
SETTINGS = plan(most_steps=STEPS, held_out=0.2, checkpoint_every=2, evaluate_every=3)
Train = Callable[..., Trained]


class _Killed(BaseException):
    """Ends a run at once."""


@pytest.fixture(scope="session")
def start(llava: Path, photos: Path) -> Train:
    """Starts a run in a folder."""

    def run(folder: Path, settings: TrainerPlan = SETTINGS, **rest: Any) -> Trained:
        given = {"photos": photos, "device": "cpu"} | rest
        return train(llava, records(), settings, folder, **given)

    return run


@pytest.fixture(scope="session")
def whole(start: Train, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A run that nothing interrupted."""
    return start(tmp_path_factory.mktemp("whole"))


def _killer(step: int) -> Callable[[Progress], None]:
    def kill(progress: Progress) -> None:
        if progress.step == step:
            raise _Killed

    return kill


def _metrics(result: Trained) -> list[Metric]:
    return read_metrics(result.adapter.parent / "metrics.jsonl")


def _weights(result: Trained) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = load_file(result.adapter / "adapter_model.safetensors")
    return weights


def _kept(folder: Path) -> list[str]:
    return sorted(each.name for each in (folder / "checkpoints").iterdir())


@pytest.mark.parametrize("steps", [(1,), (5,), (7, 8)])
def test_losses_and_weights_are_those_of_a_run_that_was_not_killed(
    steps: tuple[int, ...], start: Train, whole: Trained, tmp_path: Path
) -> None:
    for step in steps:
        with pytest.raises(_Killed):
            start(tmp_path, progress=_killer(step))
    result = start(tmp_path)
    assert _metrics(result) == _metrics(whole)
    before, after = _weights(whole), _weights(result)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert (result.steps, result.loss, result.held_out_loss) == (
        whole.steps,
        whole.loss,
        whole.held_out_loss,
    )


def test_the_newest_two_checkpoints_are_kept(whole: Trained) -> None:
    assert _kept(whole.adapter.parent) == ["checkpoint-8", "checkpoint-9"]


def test_a_run_goes_on_behind_its_newest_checkpoint(start: Train, tmp_path: Path) -> None:
    with pytest.raises(_Killed):
        start(tmp_path, progress=_killer(5))
    told: list[int] = []
    start(tmp_path, progress=lambda progress: told.append(progress.step))
    assert [step for step in told if step] == [5, 6, 7, 8, 9]


def test_a_run_that_was_over_gives_its_adapter_again(
    start: Train, whole: Trained, tmp_path: Path
) -> None:
    start(tmp_path)
    told: list[int] = []
    again = start(tmp_path, progress=lambda progress: told.append(progress.step))
    assert not any(told)
    assert again.steps == STEPS
    assert _metrics(again) == _metrics(whole)
    assert all(torch.equal(each, _weights(whole)[name]) for name, each in _weights(again).items())


@pytest.mark.parametrize("file", ["optimizer.safetensors", "trainer_state.json"])
def test_a_kill_in_the_middle_of_writing_leaves_the_checkpoint_before(
    file: str,
    start: Train,
    whole: Trained,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle = checkpoints._settle

    def die(folder: Path) -> None:
        if folder.name == ".checkpoint-4.part":
            (folder / file).write_bytes((folder / file).read_bytes()[:10])
            raise _Killed
        settle(folder)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "_settle", die)
        with pytest.raises(_Killed):
            start(tmp_path)
    newest = checkpoints.newest(tmp_path / "checkpoints")
    assert newest is not None
    assert newest.name == "checkpoint-2"
    assert _metrics(start(tmp_path)) == _metrics(whole)
    assert _kept(tmp_path) == ["checkpoint-8", "checkpoint-9"]


def test_a_checkpoint_is_safetensors_and_json_alone(whole: Trained) -> None:
    files = list((whole.adapter.parent / "checkpoints" / "checkpoint-9").iterdir())
    assert {file.suffix for file in files} == {".safetensors", ".json"}
    for file in files:
        if file.suffix == ".safetensors":
            assert load_file(file)
        else:
            json.loads(file.read_text())


def test_another_plan_does_not_go_on_with_a_run(start: Train, tmp_path: Path) -> None:
    with pytest.raises(_Killed):
        start(tmp_path, progress=_killer(3))
    with pytest.raises(BadPlan, match="learning_rate"):
        start(tmp_path, SETTINGS.model_copy(update={"learning_rate": 1e-3}))


def test_a_smaller_micro_batch_may_go_on_with_a_run(
    start: Train, whole: Trained, tmp_path: Path
) -> None:
    with pytest.raises(_Killed):
        start(tmp_path, progress=_killer(3))
    result = start(tmp_path, SETTINGS.model_copy(update={"micro_batch": 2}))
    assert result.steps == whole.steps


def test_other_records_do_not_go_on_with_a_run(
    start: Train, llava: Path, photos: Path, tmp_path: Path
) -> None:
    with pytest.raises(_Killed):
        start(tmp_path, progress=_killer(3))
    with pytest.raises(TrainingError, match="other records"):
        train(llava, records()[1:], SETTINGS, tmp_path, photos=photos, device="cpu")


def test_a_checkpoint_of_another_adapter_is_refused(start: Train, tmp_path: Path) -> None:
    with pytest.raises(_Killed):
        start(tmp_path, progress=_killer(3))
    newest = checkpoints.newest(tmp_path / "checkpoints")
    assert newest is not None
    with pytest.raises(WeightsCorrupt, match="not of this adapter"):
        checkpoints.read_learned(newest, {"a": torch.nn.Parameter(torch.zeros(2))})


def test_lessons_are_not_written_again(
    start: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(_Killed):
        start(tmp_path, progress=_killer(3))
    written = (tmp_path / "lessons" / "tokens.bin").stat().st_mtime_ns
    start(tmp_path)
    assert (tmp_path / "lessons" / "tokens.bin").stat().st_mtime_ns == written
