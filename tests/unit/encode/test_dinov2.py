"""DINOv2 in transformers' architecture and layout, tiny and with random weights."""

import json
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from rap_engine.encode.dinov2 import DinoEncoder
from rap_engine.errors import WeightsCorrupt, WeightsMissing
from tests.models.dinov2 import WIDTH, write_dinov2

_WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dinov2")
    write_dinov2(folder)
    return folder


@pytest.fixture
def spoilt(folder: Path, tmp_path: Path) -> Path:
    """A copy of the model's folder."""
    copytree(folder, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="module")
def encoder(folder: Path) -> DinoEncoder:
    return _load(folder)


def _load(folder: Path) -> DinoEncoder:
    return DinoEncoder("dinov2-tiny", folder, device="cpu")


def _crop(width: int = 60, height: int = 40, seed: int = 0) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height))


def test_embeddings_are_of_unit_length(encoder: DinoEncoder) -> None:
    embeddings = encoder.encode([_crop(seed=1), _crop(seed=2)])
    assert embeddings.shape == (2, encoder.width) == (2, WIDTH)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, rtol=1e-5)
    assert float(embeddings[0] @ embeddings[1]) < 0.99999


def test_a_batch_gives_what_single_crops_give(encoder: DinoEncoder) -> None:
    crops = [_crop(20 + 9 * seed, 50, seed) for seed in range(5)]
    single = np.concatenate([encoder.encode([crop]) for crop in crops])
    np.testing.assert_allclose(encoder.encode(crops), single, atol=1e-5)


def test_no_crops_give_no_embeddings(encoder: DinoEncoder) -> None:
    assert encoder.encode([]).shape == (0, WIDTH)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_a_crop_of_any_mode_is_embedded(encoder: DinoEncoder, mode: str) -> None:
    crop = _crop().convert(mode)
    np.testing.assert_array_equal(encoder.encode([crop]), encoder.encode([crop.convert("RGB")]))


def test_a_key_names_model_and_weights(encoder: DinoEncoder) -> None:
    assert encoder.name == "dinov2-tiny"


def test_an_embedding_is_the_class_token_after_the_last_norm(
    encoder: DinoEncoder, folder: Path
) -> None:
    from transformers import AutoImageProcessor, Dinov2Model  # noqa: PLC0415

    pixels = AutoImageProcessor.from_pretrained(folder)(images=[_crop()], return_tensors="pt")
    with torch.inference_mode():
        token = Dinov2Model.from_pretrained(folder).eval()(**pixels).pooler_output[0]
    expected = torch.nn.functional.normalize(token, dim=0).numpy()
    np.testing.assert_allclose(encoder.encode([_crop()])[0], expected, atol=1e-6)


def test_half_precision_gives_float32_embeddings_close_to_full(
    encoder: DinoEncoder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rap_engine.encode.dinov2.precision_of", lambda _: torch.bfloat16)
    half = _load(folder).encode([_crop()])
    assert half.dtype == np.float32
    assert float(half[0] @ encoder.encode([_crop()])[0]) > 0.99


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", _WEIGHTS])
def test_a_missing_file_is_named(spoilt: Path, name: str) -> None:
    (spoilt / name).unlink()
    with pytest.raises(WeightsMissing, match=name):
        _load(spoilt)


def test_a_pickle_is_no_weights(spoilt: Path) -> None:
    torch.save(load_file(spoilt / _WEIGHTS), spoilt / "pytorch_model.bin")
    (spoilt / _WEIGHTS).unlink()
    with pytest.raises(WeightsMissing, match=_WEIGHTS):
        _load(spoilt)


def test_weights_that_lack_a_tensor_are_refused(spoilt: Path) -> None:
    tensors = load_file(spoilt / _WEIGHTS)
    del tensors["layernorm.weight"]
    save_file(tensors, spoilt / _WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(WeightsCorrupt, match=r"layernorm\.weight"):
        _load(spoilt)


def test_a_tensor_of_another_shape_is_refused(spoilt: Path) -> None:
    tensors = load_file(spoilt / _WEIGHTS) | {"layernorm.weight": torch.zeros(2)}
    save_file(tensors, spoilt / _WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(WeightsCorrupt, match=r"layernorm\.weight"):
        _load(spoilt)


def test_a_file_that_is_cut_off_is_refused(spoilt: Path) -> None:
    (spoilt / _WEIGHTS).write_bytes((spoilt / _WEIGHTS).read_bytes()[:-100])
    with pytest.raises(WeightsCorrupt):
        _load(spoilt)


def test_a_model_of_another_kind_is_refused(spoilt: Path) -> None:
    config = json.loads((spoilt / "config.json").read_text()) | {"model_type": "clip"}
    (spoilt / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsCorrupt, match="type clip"):
        _load(spoilt)


def test_code_that_comes_with_a_model_is_not_run(spoilt: Path) -> None:
    (spoilt / "evil.py").write_text("raise SystemExit('ran')")
    config = json.loads((spoilt / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "evil.Model", "AutoConfig": "evil.Config"}
    (spoilt / "config.json").write_text(json.dumps(config))
    assert _load(spoilt).width == WIDTH
