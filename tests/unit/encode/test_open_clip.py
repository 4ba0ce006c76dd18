"""CLIP's image tower in open_clip's architecture and layout, tiny and with random weights."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from rap_engine.encode.batches import MOST_AT_ONCE
from rap_engine.encode.open_clip import OpenClipEncoder
from rap_engine.errors import OutOfMemory, WeightsCorrupt, WeightsMissing
from tests.models.clip import SIDE_PX, WIDTH, write_open_clip

_WEIGHTS, _DESCRIPTION = "open_clip_model.safetensors", "open_clip_config.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    write_open_clip(folder)
    return folder


@pytest.fixture(scope="module")
def encoder(folder: Path) -> OpenClipEncoder:
    return _load(folder)


def _load(folder: Path) -> OpenClipEncoder:
    return OpenClipEncoder("open-clip-tiny", folder, device="cpu")


def _crop(width: int = 60, height: int = 40, seed: int = 0) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height))


def test_embeddings_are_of_unit_length(encoder: OpenClipEncoder) -> None:
    embeddings = encoder.encode([_crop(seed=1), _crop(seed=2)])
    assert embeddings.shape == (2, encoder.width) == (2, WIDTH)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, rtol=1e-5)
    assert float(embeddings[0] @ embeddings[1]) < 0.999


def test_a_batch_gives_what_single_crops_give(encoder: OpenClipEncoder) -> None:
    crops = [_crop(20 + seed, 50, seed) for seed in range(MOST_AT_ONCE + 3)]
    single = np.concatenate([encoder.encode([crop]) for crop in crops])
    np.testing.assert_allclose(encoder.encode(crops), single, atol=1e-5)


def test_no_crops_give_no_embeddings(encoder: OpenClipEncoder) -> None:
    assert encoder.encode([]).shape == (0, WIDTH)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_a_crop_of_any_mode_is_embedded(encoder: OpenClipEncoder, mode: str) -> None:
    crop = _crop().convert(mode)
    np.testing.assert_array_equal(encoder.encode([crop]), encoder.encode([crop.convert("RGB")]))


def test_a_key_names_library_model_and_weights(encoder: OpenClipEncoder) -> None:
    assert encoder.name == "open-clip-tiny"


def test_embeddings_are_those_of_the_library(encoder: OpenClipEncoder, folder: Path) -> None:
    import open_clip  # noqa: PLC0415

    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    with torch.inference_mode():
        pixels = preprocess(_crop())[None]
        theirs = model.eval().encode_image(pixels, normalize=True).numpy()
    np.testing.assert_allclose(encoder.encode([_crop()]), theirs, atol=1e-6)


def test_a_wide_crop_is_cut_as_the_model_was_trained(encoder: OpenClipEncoder) -> None:
    wide = _crop(3 * SIDE_PX, SIDE_PX)
    middle = wide.crop((SIDE_PX, 0, 2 * SIDE_PX, SIDE_PX))
    np.testing.assert_allclose(encoder.encode([wide]), encoder.encode([middle]), atol=1e-6)


def test_a_model_that_squashes_sees_all_of_a_wide_crop(tmp_path: Path) -> None:
    write_open_clip(tmp_path)
    file = tmp_path / _DESCRIPTION
    config = json.loads(file.read_text())
    config["preprocess_cfg"]["resize_mode"] = "squash"
    file.write_text(json.dumps(config))
    wide = _crop(3 * SIDE_PX, SIDE_PX)
    squashed = wide.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    encoder = _load(tmp_path)
    np.testing.assert_allclose(encoder.encode([wide]), encoder.encode([squashed]), atol=1e-6)


def test_a_tower_of_timm_takes_its_weights_from_the_folder_alone(tmp_path: Path) -> None:
    # As SigLIP is described. Asking the hub for timm's weights would fail: sockets are closed.
    tower = {"image_size": 224, "timm_model_name": "vit_tiny_patch16_224", "timm_pool": "map",
             "timm_proj": "none", "timm_model_pretrained": False}  # fmt: skip
    write_open_clip(
        tmp_path, custom_text=True, embed_dim=192, init_logit_bias=-10.0, vision_cfg=tower
    )
    file = tmp_path / _DESCRIPTION
    file.write_text(file.read_text().replace('pretrained": false', 'pretrained": true'))
    embeddings = _load(tmp_path).encode([_crop()])
    assert embeddings.shape == (1, 192)
    np.testing.assert_array_equal(_load(tmp_path).encode([_crop()]), embeddings)


def test_a_text_tower_of_another_library_is_never_asked_for(folder: Path, tmp_path: Path) -> None:
    (tmp_path / _WEIGHTS).symlink_to(folder / _WEIGHTS)
    config = json.loads((folder / _DESCRIPTION).read_text())
    config["model_cfg"]["text_cfg"] = {"hf_model_name": "xlm-roberta-base"}
    (tmp_path / _DESCRIPTION).write_text(json.dumps(config))
    assert _load(tmp_path).width == WIDTH


def test_half_precision_gives_float32_embeddings_close_to_full(
    encoder: OpenClipEncoder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rap_engine.encode.open_clip.precision_of", lambda _: torch.bfloat16)
    half = _load(folder).encode([_crop()])
    assert half.dtype == np.float32
    assert 0.99 < float(half[0] @ encoder.encode([_crop()])[0]) < 1.0


def test_missing_weights_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=_DESCRIPTION):
        _load(tmp_path)
    (tmp_path / _DESCRIPTION).symlink_to(folder / _DESCRIPTION)
    torch.save(load_file(folder / _WEIGHTS), tmp_path / "open_clip_pytorch_model.bin")
    with pytest.raises(WeightsMissing, match=_WEIGHTS):
        _load(tmp_path)


def test_weights_of_another_model_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / _DESCRIPTION).symlink_to(folder / _DESCRIPTION)
    tensors = load_file(folder / _WEIGHTS)
    save_file(tensors | {"visual.proj": torch.zeros(2, 2)}, tmp_path / _WEIGHTS)
    with pytest.raises(WeightsCorrupt, match=r"proj is of shape \(2, 2\)"):
        _load(tmp_path)
    del tensors["visual.conv1.weight"]
    save_file(tensors, tmp_path / _WEIGHTS)
    with pytest.raises(WeightsCorrupt, match=r"conv1\.weight is missing"):
        _load(tmp_path)


def test_a_file_that_is_cut_off_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / _DESCRIPTION).symlink_to(folder / _DESCRIPTION)
    (tmp_path / _WEIGHTS).write_bytes((folder / _WEIGHTS).read_bytes()[:-100])
    with pytest.raises(WeightsCorrupt, match=_WEIGHTS):
        _load(tmp_path)


@pytest.mark.parametrize(
    "text", ["{}", "[]", "{", '{"model_cfg": {"embed_dim": 8, "vision_cfg": 1}}']
)
def test_a_description_of_something_else_is_refused(
    folder: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / _WEIGHTS).symlink_to(folder / _WEIGHTS)
    (tmp_path / _DESCRIPTION).write_text(text)
    with pytest.raises(WeightsCorrupt, match=_DESCRIPTION):
        _load(tmp_path)


def test_a_full_device_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = _load(folder)

    def _full(_pixels: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(encoder, "_tower", _full)
    with pytest.raises(OutOfMemory, match="no room"):
        encoder.encode([_crop()])
