"""A YOLO-World file of ultralytics becomes safetensors without being unpickled."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from rap_engine.checkpoints.errors import ConversionFailed
from rap_engine.checkpoints.store import RECORD
from rap_engine.checkpoints.yolo_world import convert_yolo_world
from rap_engine.detect.ultralytics_library import WorldModel


@pytest.fixture(scope="module")
def model() -> WorldModel:
    torch.manual_seed(0)
    return WorldModel("yolov8n-worldv2.yaml", verbose=False).half()


def _save(path: Path, **parts: Any) -> Path:
    """Save as ultralytics does at the end of a training."""
    rest = {"epoch": -1, "best_fitness": None, "optimizer": None, "date": "2024-02-13T10:00:00"}
    torch.save({**rest, "train_args": {"data": "x.yaml"}, **parts}, path)
    return path


def test_all_parameters_and_buffers_come_out_as_they_were_stored(
    model: WorldModel, tmp_path: Path
) -> None:
    file = _save(tmp_path / "yolov8n-worldv2.pt", model=model, ema=None)

    convert_yolo_world(file, tmp_path / "out")

    found = load_file(tmp_path / "out" / "model.safetensors")
    expected = model.state_dict()
    assert list(found.keys() ^ expected.keys()) == []
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    assert {tensor.dtype for tensor in found.values()} == {torch.float16, torch.int64}
    assert (tmp_path / "out" / RECORD).is_file()
    WorldModel("yolov8n-worldv2.yaml", verbose=False).load_state_dict(found)


def test_the_averaged_weights_are_taken_where_there_are_any(tmp_path: Path) -> None:
    def tiny(value: float) -> torch.nn.Module:
        module = torch.nn.Module()
        module.model = torch.nn.Sequential(torch.nn.BatchNorm2d(2))
        torch.nn.init.constant_(module.model[0].weight, value)
        return module

    convert_yolo_world(_save(tmp_path / "a.pt", model=tiny(1), ema=tiny(2)), tmp_path / "out")

    found = load_file(tmp_path / "out" / "model.safetensors")
    assert found["model.0.weight"].tolist() == [2, 2]
    assert found["model.0.num_batches_tracked"].shape == ()


def test_buffers_that_are_not_saved_stay_out(tmp_path: Path) -> None:
    module = torch.nn.Module()
    module.model = torch.nn.Linear(2, 2)
    module.model.register_buffer("kept", torch.ones(1))
    module.model.register_buffer("passing", torch.ones(1), persistent=False)

    convert_yolo_world(_save(tmp_path / "a.pt", model=module), tmp_path / "out")

    found = load_file(tmp_path / "out" / "model.safetensors")
    assert sorted(found) == ["model.bias", "model.kept", "model.weight"]


@pytest.mark.parametrize(
    ("module", "why"),
    [(torch.nn.Linear(2, 2), "it has weight"), (torch.nn.ReLU(), "it has no parameters")],
)
def test_a_module_that_is_no_yolo_is_refused(
    module: torch.nn.Module, why: str, tmp_path: Path
) -> None:
    with pytest.raises(ConversionFailed, match=why):
        convert_yolo_world(_save(tmp_path / "a.pt", model=module), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_without_one_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConversionFailed, match=r"0 files `\*\.pt`"):
        convert_yolo_world(tmp_path, tmp_path / "out")
