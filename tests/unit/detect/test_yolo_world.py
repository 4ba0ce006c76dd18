"""YOLO-World in the architecture of the published weights, small and with random ones."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from rap_engine import images
from rap_engine.detect.regions import LEAST_CONFIDENCE
from rap_engine.detect.text_tower import TextTower
from rap_engine.detect.ultralytics_library import LetterBox, WorldModel, scale_boxes
from rap_engine.detect.vocabulary import GENERAL_WORDS, MOST_OWN_WORDS, vocabulary_of
from rap_engine.detect.yolo_world import YoloWorldDetector
from rap_engine.errors import BadPhoto, OutOfMemory, WeightsCorrupt, WeightsError, WeightsMissing
from tests.models.clip import write_open_clip
from tests.models.yolo_world import write_yolo_world

MODEL = "yolov8n-worldv2"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("weights")
    write_yolo_world(root / "yolo")
    write_open_clip(root / "clip")
    return root / "yolo", root / "clip"


def _load(weights: Path, text_tower: Path) -> YoloWorldDetector:
    return YoloWorldDetector(model=MODEL, weights=weights, text_tower=text_tower, device="cpu")


@pytest.fixture(scope="module")
def detector(folders: tuple[Path, Path]) -> YoloWorldDetector:
    return _load(*folders)


def _photo(width: int = 320, height: int = 240, seed: int = 0) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def test_detections_lie_in_the_photo_and_come_surest_first(detector: YoloWorldDetector) -> None:
    found = detector.detect(_photo(), ["robot vacuum"])
    assert found
    assert {region.label for region in found} <= {"robot vacuum", *GENERAL_WORDS}
    assert all(region.confidence >= LEAST_CONFIDENCE for region in found)
    assert all(one.confidence >= next_.confidence for one, next_ in pairwise(found))


@pytest.mark.parametrize("size", [(320, 240), (97, 400), (640, 640)])
def test_it_finds_what_the_steps_of_its_library_find(
    detector: YoloWorldDetector,
    folders: tuple[Path, Path],
    size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = _photo(*size)
    found = detector.detect(photo, [])
    theirs = _found_by_the_library(folders, photo, monkeypatch)
    assert len(found) == len(theirs) > 0
    for region, (*sides, confidence, word) in zip(found, theirs, strict=True):
        assert region.label == GENERAL_WORDS[int(word)]
        assert region.confidence == pytest.approx(confidence, abs=1e-4)
        shares = [side / length for side, length in zip(sides, photo.size * 2, strict=True)]
        assert region.box.as_tuple() == pytest.approx(shares, abs=1e-3)


def _found_by_the_library(
    folders: tuple[Path, Path], photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> list[list[float]]:
    """Rows of x1 y1 x2 y2 in px, confidence, word: unfused, the words set in the model."""
    from ultralytics.utils import nms  # noqa: PLC0415  after what its import changes is undone

    weights, text_tower = folders
    model = WorldModel(f"{MODEL}.yaml", verbose=False).eval()
    model.load_state_dict(load_file(weights / "model.safetensors"))
    model.txt_feats = TextTower(text_tower, torch.device("cpu")).features(GENERAL_WORDS)[None]
    model.model[-1].nc = len(GENERAL_WORDS)
    boxed = LetterBox((640, 640), auto=True)(image=np.asarray(photo))
    images = torch.from_numpy(np.ascontiguousarray(boxed.transpose(2, 0, 1)))[None] / 255
    # Beside a CPU-only torch torchvision's own suppression refuses to run.
    monkeypatch.setattr("torchvision.ops.nms", nms.TorchNMS.nms)
    with torch.inference_mode():
        (rows,) = nms.non_max_suppression(model(images), conf_thres=0.1, iou_thres=0.7, max_det=100)
        scale_boxes(images.shape[2:], rows[:, :4], (photo.height, photo.width))
    return rows.tolist()


def test_the_same_photo_gives_the_same_regions(folders: tuple[Path, Path]) -> None:
    detector = _load(*folders)
    first = detector.detect(_photo(), ["gnome"])
    assert detector.detect(_photo(), ["gnome"]) == first
    assert _load(*folders).detect(_photo(), ["gnome"]) == first


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_a_photo_of_any_mode_is_looked_at(detector: YoloWorldDetector, mode: str) -> None:
    photo = _photo().convert(mode)
    assert detector.detect(photo, []) == detector.detect(photo.convert("RGB"), [])


def test_words_of_one_person_never_reach_the_photo_of_another(
    folders: tuple[Path, Path],
) -> None:
    gnomes = [f"gnome {number}" for number in range(30)]
    asked = [(_photo(320, 240, 1), gnomes), (_photo(200, 330, 2), [])]
    alone = [_acquainted(folders, gnomes).detect(*question) for question in asked]
    assert any("gnome" in str(region.label) for region in alone[0])
    shared = _acquainted(folders, gnomes)
    with ThreadPoolExecutor(max_workers=2) as threads:
        together = list(threads.map(lambda n: shared.detect(*asked[n % 2]), range(8)))
    assert together == alone * 4


def _acquainted(folders: tuple[Path, Path], words: list[str]) -> YoloWorldDetector:
    """A detector that knows the words: in another batch features differ in their last digit."""
    detector = _load(*folders)
    detector._words.features(vocabulary_of(words))
    return detector


def test_own_words_are_found_under_their_folded_names(folders: tuple[Path, Path]) -> None:
    detector = _load(*folders)
    own = [f"Thing\u00a0Número {n}" for n in range(MOST_OWN_WORDS)]
    labels = {
        region.label for seed in range(3) for region in detector.detect(_photo(seed=seed), own)
    }
    assert any(label is not None and label.startswith("thing numero ") for label in labels)


def test_a_vocabulary_is_the_own_words_and_the_general_ones_each_once() -> None:
    words = vocabulary_of(["Dog", "  Garden GNOME ", "garden gnome", "", " "])
    assert words[:2] == ("dog", "garden gnome")
    assert set(words) == {"dog", "garden gnome", *GENERAL_WORDS}
    assert len(words) == len(set(words))


def test_general_words_are_written_as_folded() -> None:
    assert vocabulary_of([]) == GENERAL_WORDS


def test_a_vocabulary_is_bounded() -> None:
    words = vocabulary_of(f"thing {number}" for number in range(1000))
    assert len(words) == MOST_OWN_WORDS + len(GENERAL_WORDS)


def test_features_of_words_are_of_unit_length_and_computed_once(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    tower = TextTower(folders[1], torch.device("cpu"))
    embedded: list[str] = []
    embed = tower._embed
    monkeypatch.setattr(tower, "_embed", lambda words: embedded.extend(words) or embed(words))
    first = tower.features(["dog", "cat"])
    second = tower.features(["cat", "parrot", "dog"])
    assert embedded == ["dog", "cat", "parrot"]
    assert first.shape == (2, 512)
    torch.testing.assert_close(second.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(second[[2, 0]], first)


def test_words_that_were_not_asked_for_lately_are_forgotten(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rap_engine.detect.text_tower._KEPT_WORDS", 2)
    tower = TextTower(folders[1], torch.device("cpu"))
    tower.features(["dog", "cat"])
    tower.features(["dog", "parrot"])
    assert list(tower._known) == ["dog", "parrot"]
    assert tower.features(["a", "b", "c"]).shape == (3, 512)


@pytest.mark.parametrize("custom_text", [False, True])
def test_features_are_those_of_the_whole_model(tmp_path: Path, custom_text: bool) -> None:
    import open_clip  # noqa: PLC0415

    write_open_clip(tmp_path, custom_text=custom_text)
    words = ["dog", "a robot vacuum with two brushes and a red lamp"]
    model = open_clip.create_model(f"local-dir:{tmp_path}").eval()
    with torch.inference_mode():
        theirs = model.encode_text(open_clip.tokenize(words), normalize=True)
    torch.testing.assert_close(TextTower(tmp_path, torch.device("cpu")).features(words), theirs)


def _without(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["model.22.cv4.0.bias"]


def _with_another(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model.99.extra"] = torch.zeros(1)


def _misshapen(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model.0.conv.weight"] = torch.zeros(3, 3)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_without, r"model\.22\.cv4\.0\.bias is missing"),
        (_with_another, r"model\.99\.extra is of shape \(1,\), in the model missing"),
        (_misshapen, r"model\.0\.conv\.weight is of shape \(3, 3\)"),
    ],
)
def test_weights_of_another_model_are_refused(
    folders: tuple[Path, Path],
    tmp_path: Path,
    spoil: Callable[[dict[str, torch.Tensor]], None],
    named: str,
) -> None:
    tensors = load_file(folders[0] / "model.safetensors")
    spoil(tensors)
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(WeightsCorrupt, match=named):
        _load(tmp_path, folders[1])


def test_missing_weights_are_named(folders: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"model\.safetensors"):
        _load(tmp_path, folders[1])
    with pytest.raises(WeightsMissing, match=r"open_clip_config\.json"):
        _load(folders[0], tmp_path)


def test_a_text_tower_of_another_width_is_refused(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    write_open_clip(tmp_path, embed_dim=256)
    with pytest.raises(WeightsCorrupt, match="text_projection"):
        _load(folders[0], tmp_path)


def test_a_description_of_something_else_is_refused(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    copytree(folders[1], tmp_path, dirs_exist_ok=True)
    (tmp_path / "open_clip_config.json").write_text('{"model_cfg": {"embed_dim": 512}}')
    with pytest.raises(WeightsCorrupt, match="describes no CLIP model"):
        _load(folders[0], tmp_path)


def test_an_unknown_architecture_is_refused(folders: tuple[Path, Path]) -> None:
    with pytest.raises(WeightsError, match="yolov8x-seg"):
        YoloWorldDetector(
            model="yolov8x-seg", weights=folders[0], text_tower=folders[1], device="cpu"
        )


def test_a_full_device_is_told(
    detector: YoloWorldDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def _full(*_given: Any, **_named: Any) -> None:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(detector._model, "predict", _full)
    with pytest.raises(OutOfMemory, match="no room"):
        detector.detect(_photo(), [])


def test_the_librarys_import_leaves_pillow_as_it_was() -> None:
    with pytest.raises(BadPhoto, match="not_a_photo"):
        images.open_photo(b"no photo at all")
    assert Image.open.__module__ == "PIL.Image"
    assert torch.save.__module__ == "torch.serialization"
