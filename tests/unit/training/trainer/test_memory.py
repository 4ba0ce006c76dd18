"""Memory that runs out: the step is done again in smaller pieces, and the run goes on."""

from pathlib import Path

import pytest
import torch

from rap_engine.training.errors import TrainingError
from rap_engine.training.progress import Progress
from rap_engine.training.trainer.metrics import read_metrics
from rap_engine.training.trainer.teaching import Batch, batch_of
from rap_engine.training.trainer.train import Trained, train
from tests.unit.training.trainer.subjects import plan, records


def _give_room_for(rows: int, monkeypatch: pytest.MonkeyPatch, until: int = 0) -> list[int]:
    """Let the device have room for so many rows at once; return the rows of each batch asked for.

    Args:
        rows: how many.
        monkeypatch: the test's.
        until: after how many batches there is less room than before.
    """
    asked: list[int] = []

    def limited(examples: list[object], padding: int, device: torch.device) -> Batch:
        asked.append(len(examples))
        if len(examples) > rows and len(asked) > until:
            raise torch.OutOfMemoryError("no room")
        return batch_of(examples, padding, device)  # type: ignore[arg-type]

    monkeypatch.setattr("rap_engine.training.trainer.teaching.batch_of", limited)
    return asked


def _run(llava: Path, photos: Path, folder: Path, told: list[Progress] | None = None) -> Trained:
    settings = plan(batch=8, micro_batch=8, most_steps=3, lora={"rank": 4, "dropout": 0.0})
    return train(
        llava,
        records()[:8],
        settings,
        folder,
        photos=photos,
        device="cpu",
        progress=(told if told is not None else []).append,
    )


def test_the_micro_batch_is_halved_until_it_fits_and_the_losses_stay(
    llava: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(llava, photos, tmp_path / "plain")
    asked = _give_room_for(2, monkeypatch)
    told: list[Progress] = []
    _run(llava, photos, tmp_path / "small", told)
    # Eight and four do not fit, and are tried once in the whole run.
    assert asked == [8, 4, *[2] * 4 * 3]
    assert [each.micro_batch for each in told if each.step] == [2, 2, 2]
    plain, small = (
        [each.loss for each in read_metrics(tmp_path / name / "metrics.jsonl")]
        for name in ("plain", "small")
    )
    assert small == pytest.approx(plain, rel=1e-4)


def test_memory_that_runs_out_in_the_middle_of_a_step_leaves_no_gradients_behind(
    llava: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(llava, photos, tmp_path / "plain")
    # One step is whole; in the next, there is no more room for eight.
    asked = _give_room_for(4, monkeypatch, until=1)
    told: list[Progress] = []
    _run(llava, photos, tmp_path / "small", told)
    assert asked == [8, 8, 4, 4, 4, 4]
    assert [each.micro_batch for each in told if each.step] == [8, 4, 4]
    plain, small = (
        [each.loss for each in read_metrics(tmp_path / name / "metrics.jsonl")]
        for name in ("plain", "small")
    )
    assert small == pytest.approx(plain, rel=1e-4)


def test_gradients_of_a_step_that_failed_in_its_second_part_are_thrown_away(
    llava: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = plan(batch=8, micro_batch=4, most_steps=1, lora={"rank": 4, "dropout": 0.0})
    failed: list[int] = []

    def once(examples: list[object], padding: int, device: torch.device) -> Batch:
        failed.append(len(examples))
        if len(failed) == 2:
            raise torch.OutOfMemoryError("no room")
        return batch_of(examples, padding, device)  # type: ignore[arg-type]

    def norm(folder: Path) -> float | None:
        train(llava, records()[:8], settings, folder, photos=photos, device="cpu")
        return read_metrics(folder / "metrics.jsonl")[0].grad_norm

    plain = norm(tmp_path / "plain")
    monkeypatch.setattr("rap_engine.training.trainer.teaching.batch_of", once)
    assert norm(tmp_path / "small") == pytest.approx(plain, rel=1e-4)
    assert failed == [4, 4, 2, 2, 2, 2]


def test_no_room_for_a_single_record_ends_the_run_and_says_what_to_do(
    llava: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _give_room_for(0, monkeypatch)
    with pytest.raises(TrainingError, match="Lower most_tokens"):
        _run(llava, photos, tmp_path)
    assert asked == [8, 4, 2, 1]


def test_no_room_for_the_optimizer_ends_the_run_and_says_what_to_do(
    llava: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(torch.optim.AdamW, "step", full)
    with pytest.raises(TrainingError, match=r"Lower lora\.rank"):
        _run(llava, photos, tmp_path)
