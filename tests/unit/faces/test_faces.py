"""Which face a photo is of, and that nothing is loaded for nobody."""

import subprocess
import sys

import pytest

from config import Settings
from rap_engine.errors import WeightsMissing
from rap_engine.faces import Face, load_face_reader, main_face
from rap_engine.types import Box

_LANDMARKS = ((0.5, 0.5),) * 5
_OFF = """
import sys
from config import Settings
import rap_engine.engine
from rap_engine.faces import load_face_reader
assert load_face_reader(Settings(_env_file=None, face_keys=False)) is None
print(sorted({"cv2", "onnx", "onnxruntime", "torch"} & set(sys.modules)))
"""


def _face(side: float) -> Face:
    return Face(Box(0.1, 0.1, 0.1 + side, 0.1 + side), _LANDMARKS, 0.9)


def test_a_photo_without_faces_is_of_none() -> None:
    assert main_face([]) is None


def test_a_photo_with_one_face_is_of_that() -> None:
    assert main_face([_face(0.05)]) == _face(0.05)


def test_a_photo_is_of_the_face_that_is_clearly_larger() -> None:
    assert main_face([_face(0.1), _face(0.3), _face(0.2)]) == _face(0.3)


def test_a_photo_of_two_faces_of_about_one_size_is_of_neither() -> None:
    assert main_face([_face(0.3), _face(0.25)]) is None


def test_with_the_setting_off_no_model_is_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _OFF], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rap_engine.faces.yunet", None)
    with pytest.raises(WeightsMissing, match="scripts/setup starter"):
        load_face_reader(Settings(_env_file=None, face_keys=True))


def test_with_the_setting_on_the_reader_has_the_documented_cutoff() -> None:
    reader = load_face_reader(Settings(_env_file=None, face_keys=True))
    assert reader is not None
    assert reader.cutoff == 0.363
    assert reader.encoder.width == 128
