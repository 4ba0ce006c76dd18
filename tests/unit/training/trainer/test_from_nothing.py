"""From a projector that knows nothing: discriminants, verification, then whole records."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rap_engine.checkpoints.adapter_folder import WEIGHTS_FILE
from rap_engine.generate.language_model.checkpoint import load_checkpoint
from rap_engine.training.errors import BadPlan, TrainingError
from rap_engine.training.plan import TrainerPlan
from rap_engine.training.progress import Progress
from rap_engine.training.records import Record
from rap_engine.training.trainer import adapter
from rap_engine.training.trainer.flipping import flipped
from rap_engine.training.trainer.metrics import read_metrics
from rap_engine.training.trainer.train import Trained, train
from tests.unit.training.trainer.subjects import BO, LUNA, PHOTOS, plan, record

import torch  # isort: skip
from safetensors.torch import load_file  # isort: skip

NO_DROPOUT = {"rank": 4, "alpha": 8, "dropout": 0.0}
FIRST: dict[str, Any] = {
    "teaches": "verification",
    "projector_start": "discriminants",
    "discriminants": 4,
    "projector_learning_rate": 0,
    "sign_flips": 1.0,
    "keep_vision_features": True,
    "lora": NO_DROPOUT,
}


class _Killed(BaseException):
    """Ends a run at once."""


def _records() -> list[Record]:
    asked = ("Is <Bo> in this photo?", "Yes", "Is <Luna> in this photo?", "No")
    return [
        replace(
            record(*asked, references=(BO, LUNA), image=f"{number}.jpg"),
            id=f"r{number}",
            kind="recognition",
        )
        for number in range(PHOTOS)
    ]


def _train(llava: Path, photos: Path, folder: Path, **changes: Any) -> Trained:
    told = changes.pop("progress", lambda _: None)
    settings = plan(**(FIRST | changes))
    return train(llava, _records(), settings, folder, photos=photos, device="cpu", progress=told)


def _losses(trained: Trained) -> list[float | None]:
    return [each.loss for each in read_metrics(trained.adapter.parent / "metrics.jsonl")]


def _weights(trained: Trained) -> dict[str, torch.Tensor]:
    return dict(load_file(trained.adapter / WEIGHTS_FILE))


@pytest.fixture(scope="module")
def first(llava: Path, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return _train(llava, photos, tmp_path_factory.mktemp("first"))


def test_the_projector_that_was_started_is_part_of_the_adapter(first: Trained) -> None:
    names = [name for name in _weights(first) if "multi_modal_projector" in name]
    assert len(names) == 4
    down = next(_weights(first)[name] for name in names if name.endswith("linear_1.weight"))
    half = len(down) // 2
    assert torch.equal(down[:half], -down[half:])
    assert torch.linalg.matrix_rank(down).item() == FIRST["discriminants"]


def test_a_run_that_was_killed_draws_the_same_signs(
    first: Trained, llava: Path, photos: Path, tmp_path: Path
) -> None:
    def kill(progress: Progress) -> None:
        if progress.step == 3:
            raise _Killed

    with pytest.raises(_Killed):
        _train(llava, photos, tmp_path, progress=kill)
    again = _train(llava, photos, tmp_path)
    assert _losses(again) == _losses(first)
    assert all(torch.equal(each, _weights(again)[name]) for name, each in _weights(first).items())


def test_signs_are_flipped_in_learning_and_not_in_measuring(
    first: Trained, llava: Path, photos: Path, tmp_path: Path
) -> None:
    plain = _train(llava, photos, tmp_path / "plain", sign_flips=0.0)
    assert _losses(plain) != _losses(first)
    # Nothing is learned at this rate, so that what is held out is measured alike.
    still: dict[str, Any] = {"learning_rate": 1e-30, "held_out": 0.3}
    held_out = [
        _train(llava, photos, tmp_path / str(flips), sign_flips=flips, **still).held_out_loss
        for flips in (0.0, 1.0)
    ]
    assert held_out[0] is not None
    assert held_out[0] == held_out[1]


def test_losses_do_not_depend_on_the_micro_batch(
    first: Trained, llava: Path, photos: Path, tmp_path: Path
) -> None:
    small = _train(llava, photos, tmp_path, micro_batch=1)
    assert _losses(small) == pytest.approx(_losses(first), rel=1e-3)


def test_whole_records_go_on_from_there(
    first: Trained, llava: Path, photos: Path, tmp_path: Path
) -> None:
    second: dict[str, Any] = {
        "start_from": first.adapter,
        "teaches": "answers",
        "projector_start": "as_is",
        "most_steps": 1,
        "learning_rate": 1e-30,
    }
    went_on = _train(llava, photos, tmp_path, **second)
    for name, weight in _weights(first).items():
        assert torch.allclose(_weights(went_on)[name], weight, atol=1e-6)
    assert went_on.counts.used == PHOTOS


def test_a_run_does_not_go_on_from_another_adapter_than_it_began_with(
    first: Trained, llava: Path, photos: Path, tmp_path: Path
) -> None:
    start = tmp_path / "start"
    base = load_checkpoint(llava, "cpu", "none").model
    model = adapter.put_round(base, plan(start_from=first.adapter, lora=NO_DROPOUT), 0)
    adapter.write_adapter(start, model, _weights(first))
    second: dict[str, Any] = {"start_from": start, "projector_start": "as_is", "most_steps": 2}
    _train(llava, photos, tmp_path / "run", **second)
    changed = {name: weight + 1 for name, weight in _weights(first).items()}
    adapter.write_adapter(start, model, changed)
    with pytest.raises(TrainingError, match="from another adapter"):
        _train(llava, photos, tmp_path / "run", **second)


def test_a_projector_that_was_not_started_is_not_flipped(
    llava: Path, photos: Path, tmp_path: Path
) -> None:
    base = load_checkpoint(llava, "cpu", "none").model
    model = adapter.put_round(base, plan(lora=NO_DROPOUT), 0)
    adapter.write_adapter(tmp_path / "start", model, adapter.weights_of(model))
    with pytest.raises(BadPlan, match="was not started"):
        _train(
            llava,
            photos,
            tmp_path / "run",
            start_from=tmp_path / "start",
            projector_start="as_is",
            projector_learning_rate=1e-3,
        )


def test_pixels_are_flipped_as_kept_features_are(first: Trained, llava: Path) -> None:
    base = load_checkpoint(llava, "cpu", "none").model
    adapter.put_round(base, plan(start_from=first.adapter, lora=NO_DROPOUT), 0)
    pixels = torch.rand(1, 3, *[base.config.vision_config.image_size] * 2)
    with torch.no_grad():
        plain = base.get_image_features(pixel_values=pixels).pooler_output[0]
        torch.manual_seed(0)
        with flipped(base, [1], 1.0):
            turned = base.get_image_features(pixel_values=pixels).pooler_output[0]
    assert not torch.allclose(plain, turned, atol=1e-4)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"keep_vision_features": False}, "needs keep_vision_features"),
        ({"start_from": Path("before")}, "a projector of its own"),
        ({"projector_start": "as_is"}, "started at discriminants"),
    ],
)
def test_plans_that_contradict_themselves(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        TrainerPlan(**(FIRST | changes))
