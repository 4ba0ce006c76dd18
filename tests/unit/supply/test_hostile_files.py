"""Pickles under every name that a loader looks for: refused by name, and nothing in them ran."""

import json
import pickle
import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from rap_engine.checkpoints.errors import ConversionFailed
from rap_engine.checkpoints.folder import open_weights
from rap_engine.checkpoints.torch_file import CheckpointUnreadable, read_checkpoint
from rap_engine.detect.yolo_world import YoloWorldDetector
from rap_engine.encode.dinov2 import DinoEncoder
from rap_engine.encode.open_clip import OpenClipEncoder
from rap_engine.errors import BadAdapter, NotConfigured, WeightsCorrupt, WeightsMissing
from rap_engine.generate.language_model.adapter_files import read_adapter
from rap_engine.generate.language_model.checkpoint import load_checkpoint
from rap_engine.profiles import BadRecipe, read_recipe
from rap_engine.retrieve.calibration import load_calibration
from rap_engine.weights import PackagedFile
from rapbot.cli import app
from tests.models.clip import write_open_clip
from tests.models.dinov2 import write_dinov2
from tests.models.llava import write_llava, write_lora
from tests.models.original_llava import build_original, save_original, save_tower
from tests.models.yolo_world import write_yolo_world
from tests.unit.supply.bombs import FORMS, Bomb


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small models: what is replaced by a bomb in a copy is the only thing wrong."""
    root = tmp_path_factory.mktemp("models")
    write_llava(root / "llava")
    write_dinov2(root / "dinov2")
    write_open_clip(root / "open-clip")
    write_yolo_world(root / "yolo-world")
    original = build_original("llama")
    save_original(original, root / "original")
    save_tower(original, root / "tower")
    return root


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(models, tmp_path / "models"))


@pytest.mark.parametrize("name", FORMS)
def test_the_bombs_do_go_off(name: str, tmp_path: Path) -> None:
    file, marker = tmp_path / "bomb.pt", tmp_path / "went-off"
    file.write_bytes(FORMS[name](Bomb(marker)))
    if "pickle" in name:
        pickle.loads(file.read_bytes())  # noqa: S301
    else:
        torch.load(file, weights_only=False)
    assert marker.exists()


@pytest.mark.parametrize("name", ["model.pt", "yolov8x-worldv2.pt", "model.safetensors"])
def test_converting_a_file(name: str, bomb: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(bomb)
    target = tmp_path / "converted"

    done = CliRunner().invoke(app, ["weights", "convert", str(tmp_path / name), str(target)])

    assert isinstance(done.exception, CheckpointUnreadable | ConversionFailed)
    assert not target.exists()


@pytest.mark.parametrize("part", ["original", "tower"])
def test_converting_a_folder(part: str, bomb: bytes, folder: Path, tmp_path: Path) -> None:
    for file in (folder / part).glob("*.bin"):
        file.write_bytes(bomb)
    target = tmp_path / "converted"

    words = [str(folder / "original"), str(target), "--vision-tower", str(folder / "tower")]
    done = CliRunner().invoke(app, ["weights", "convert", *words])

    assert isinstance(done.exception, CheckpointUnreadable)
    assert not target.exists()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors", "weights.index"])
def test_the_weights_of_a_folder(name: str, bomb: bytes, tmp_path: Path) -> None:
    if name == "weights.index":
        index = {"weight_map": {"weight": "evil.bin"}}
        (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
        name = "evil.bin"
    (tmp_path / name).write_bytes(bomb)
    with pytest.raises(CheckpointUnreadable), open_weights(tmp_path):
        pass


def test_arrays(bomb: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(bomb)
    with (tmp_path / "a.bin").open("rb") as file, pytest.raises(CheckpointUnreadable):
        read_checkpoint(file)


def _open(model: str, folder: Path) -> None:
    match model:
        case "llava":
            load_checkpoint(folder / model, "cpu", "none")
        case "dinov2":
            DinoEncoder("small", folder / model, device="cpu")
        case "open-clip":
            OpenClipEncoder("small", folder / model, device="cpu")
        case "yolo-world":
            YoloWorldDetector(
                model="yolov8n-worldv2",
                weights=folder / model,
                text_tower=folder / "open-clip",
                device="cpu",
            )


MODELS = ("llava", "dinov2", "open-clip", "yolo-world")


@pytest.mark.parametrize("model", MODELS)
def test_the_models_that_are_spoilt_below_do_load(model: str, folder: Path) -> None:
    _open(model, folder)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_whose_safetensors_are_none(model: str, bomb: bytes, folder: Path) -> None:
    (weights,) = (folder / model).glob("*.safetensors")
    weights.write_bytes(bomb)
    with pytest.raises(WeightsCorrupt):
        _open(model, folder)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_with_a_bin_file_alone(model: str, bomb: bytes, folder: Path) -> None:
    (weights,) = (folder / model).glob("*.safetensors")
    weights.unlink()
    for name in ("pytorch_model.bin", "open_clip_pytorch_model.bin", "model.pt"):
        (folder / model / name).write_bytes(bomb)
    with pytest.raises(WeightsMissing):
        _open(model, folder)


@pytest.mark.parametrize("model", ["llava", "dinov2"])
def test_a_bin_file_that_the_index_of_safetensors_names(
    model: str, bomb: bytes, folder: Path
) -> None:
    weights = folder / model / "model.safetensors"
    with_tensors = {"weight_map": {"weight": "pytorch_model.bin"}, "metadata": {}}
    (folder / model / "model.safetensors.index.json").write_text(json.dumps(with_tensors))
    # Something by that ending is still there, and is not what would be loaded.
    weights.rename(folder / model / "decoy.safetensors")
    (folder / model / "pytorch_model.bin").write_bytes(bomb)
    with pytest.raises((WeightsCorrupt, WeightsMissing)):
        _open(model, folder)


@pytest.mark.parametrize("model", ["llava", "dinov2"])
def test_an_adapter_in_the_folder_of_a_model(model: str, bomb: bytes, folder: Path) -> None:
    write_lora(folder / "adapter", folder / "llava", seed=0)
    config = folder / "adapter" / "adapter_config.json"
    shutil.copy(config, folder / model / config.name)
    (folder / model / "adapter_model.bin").write_bytes(bomb)
    with pytest.raises(WeightsCorrupt):
        _open(model, folder)


@pytest.mark.parametrize("name", ["adapter_model.bin", "adapter_model.safetensors"])
def test_an_adapter(name: str, bomb: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(bomb)
    config = {"peft_type": "LORA", "r": 1, "lora_alpha": 1}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(BadAdapter):
        read_adapter(tmp_path, torch.nn.Linear(1, 1))


def test_an_adapters_configuration(bomb: bytes, tmp_path: Path) -> None:
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    (tmp_path / "adapter_config.json").write_bytes(bomb)
    with pytest.raises(BadAdapter):
        read_adapter(tmp_path, torch.nn.Linear(1, 1))


def test_a_recipe(bomb: bytes, tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "evil.toml").write_bytes(bomb)
    with pytest.raises(BadRecipe):
        read_recipe("evil", tmp_path)


def test_calibrations(bomb: bytes, tmp_path: Path) -> None:
    (tmp_path / "calibrations.json").write_bytes(bomb)
    with pytest.raises(NotConfigured):
        load_calibration("lite0", tmp_path)


def test_a_packages_weights(bomb: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "evil_weights"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.pth").write_bytes(bomb)
    monkeypatch.syspath_prepend(tmp_path)
    pinned = PackagedFile("evil-weights", "evil_weights", "model.pth", sha256="0" * 64)
    with pytest.raises(WeightsCorrupt, match="not loaded"):
        pinned.locate()
