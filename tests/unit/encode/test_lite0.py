"""The packaged encoder, with its own weights."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from rap_engine.encode.lite0 import WEIGHTS, Lite0Encoder
from rap_engine.errors import WeightsCorrupt, WeightsMissing
from rap_engine.weights import PackagedFile


@pytest.fixture(scope="module")
def encoder() -> Lite0Encoder:
    return Lite0Encoder()


def _picture(colour: str, *, left: bool = True) -> Image.Image:
    picture = Image.new("RGB", (160, 120), "white")
    x = 10 if left else 90
    ImageDraw.Draw(picture).polygon([(x, 100), (x + 60, 100), (x + 10, 20)], fill=colour)
    return picture


def test_embeddings_are_of_unit_length(encoder: Lite0Encoder) -> None:
    embeddings = encoder.encode([_picture("red"), _picture("blue")])
    assert embeddings.shape == (2, encoder.width)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, rtol=1e-5)


def test_a_batch_gives_what_single_crops_give(encoder: Lite0Encoder) -> None:
    crops = [_picture("red"), _picture("blue", left=False)]
    single = np.concatenate([encoder.encode([crop]) for crop in crops])
    np.testing.assert_allclose(encoder.encode(crops), single, atol=1e-5)


def test_a_mirrored_crop_is_the_same(encoder: Lite0Encoder) -> None:
    crop = _picture("red")
    one, mirrored = encoder.encode([crop, ImageOps.mirror(crop)])
    assert float(one @ mirrored) > 0.9999


def test_another_picture_is_another_embedding(encoder: Lite0Encoder) -> None:
    noise = Image.effect_noise((120, 120), 90).convert("RGB")
    one, other = encoder.encode([_picture("red"), noise])
    assert float(one @ other) < 0.9


def test_no_crops_give_no_embeddings(encoder: Lite0Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.width)


def test_a_missing_package_says_what_to_run() -> None:
    missing = PackagedFile("no-such-package", "no_such_package", "model.bin", "00")
    with pytest.raises(WeightsMissing, match="make run"):
        missing.locate()


def test_a_file_that_is_not_the_pinned_one_is_not_loaded() -> None:
    other = PackagedFile(WEIGHTS.distribution, WEIGHTS.module, WEIGHTS.path, "0" * 64)
    with pytest.raises(WeightsCorrupt, match="not loaded"):
        other.locate()
