"""YuNet and SFace as they ship, on faces that ship too."""

import io
from collections.abc import Callable

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from rap_engine.faces import Face, main_face
from rap_engine.faces.sface import DOCUMENTED_CUTOFF, WEIGHTS, SFaceEncoder, with_one_input
from rap_engine.faces.yunet import SMALLEST_SIDE_PX, YunetDetector
from rap_engine.memory.faces import FACE_PREFIX
from rap_engine.types import Box
from tests.unit.faces.people import LEFT, RIGHT, man, two_men


def _key(photo: Image.Image, detector: YunetDetector, encoder: SFaceEncoder) -> NDArray[np.float32]:
    face = main_face(detector.detect(photo))
    assert face is not None
    (key,) = encoder.encode(photo, [face])
    return np.asarray(key)


def _grey(photo: Image.Image) -> Image.Image:
    return photo.convert("L").convert("RGB")


def _scaled(photo: Image.Image, share: float) -> Image.Image:
    return photo.resize((round(photo.width * share), round(photo.height * share)))


def _as_jpeg(photo: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=50)
    return Image.open(buffer).convert("RGB")


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "mirrored": ImageOps.mirror,
    "brightened": lambda photo: ImageEnhance.Brightness(photo).enhance(1.5),
    "darkened": lambda photo: ImageEnhance.Brightness(photo).enhance(0.5),
    "grey": _grey,
    "turned": lambda photo: photo.rotate(12, Image.Resampling.BICUBIC),
    "halved": lambda photo: _scaled(photo, 0.5),
    "doubled": lambda photo: _scaled(photo, 2.0),
    "compressed": _as_jpeg,
}


def test_the_graph_asks_for_the_photo_alone() -> None:
    model = onnx.load(WEIGHTS.locate())
    assert len(model.graph.input) > 100  # else the file was mended, and this can go
    assert [each.name for each in with_one_input(model).graph.input] == ["data"]


def test_the_file_in_the_package_is_left_as_it_is() -> None:
    before = WEIGHTS.locate().read_bytes()
    SFaceEncoder()
    assert WEIGHTS.locate().read_bytes() == before


def test_keys_are_unit_length_and_one_a_face(
    detector: YunetDetector, encoder: SFaceEncoder
) -> None:
    photo = two_men()
    faces = detector.detect(photo)
    keys = encoder.encode(photo, faces)
    assert keys.shape == (2, 128)
    assert keys.dtype == np.float32
    assert np.linalg.norm(keys, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_two_faces_in_one_photo_are_two_people(
    detector: YunetDetector, encoder: SFaceEncoder
) -> None:
    photo = two_men()
    one, other = encoder.encode(photo, detector.detect(photo))
    assert one @ other < DOCUMENTED_CUTOFF / 2


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("side", [LEFT, RIGHT], ids=["left", "right"])
def test_a_face_is_known_again_and_not_taken_for_the_other(
    change: str, side: tuple[int, int, int, int], detector: YunetDetector, encoder: SFaceEncoder
) -> None:
    known = _key(man(side), detector, encoder)
    other = _key(man(LEFT if side == RIGHT else RIGHT), detector, encoder)
    again = _key(CHANGES[change](man(side)), detector, encoder)
    assert known @ again > DOCUMENTED_CUTOFF + 0.1
    assert other @ again < DOCUMENTED_CUTOFF - 0.1


def test_faces_are_found_where_they_are(detector: YunetDetector) -> None:
    faces = detector.detect(two_men())
    (right_x, right_y), (left_x, left_y) = (face.box.centre for face in faces)
    assert (right_x, right_y) == pytest.approx((985 / 1280, 186 / 720), abs=0.03)
    assert (left_x, left_y) == pytest.approx((605 / 1280, 342 / 720), abs=0.03)


def test_a_face_that_fills_the_photo_is_found(detector: YunetDetector) -> None:
    closeup = two_men().crop((900, 70, 1070, 300))
    big = closeup.resize((closeup.width * 7, closeup.height * 7), Image.Resampling.BICUBIC)
    face = main_face(detector.detect(big))
    assert face is not None
    assert face.box.area > 0.3


def test_a_grey_area_shows_no_face(detector: YunetDetector, encoder: SFaceEncoder) -> None:
    photo = Image.new("RGB", (640, 480), "grey")
    assert detector.detect(photo) == ()
    assert encoder.encode(photo, []).shape == (0, 128)


def test_noise_shows_no_face(detector: YunetDetector) -> None:
    pixels = np.random.default_rng(7).integers(0, 256, (480, 640, 3), np.uint8)
    assert detector.detect(Image.fromarray(pixels)) == ()


@pytest.mark.parametrize("size", [(32, 32), (1280, 32), (32, 1280)])
def test_the_smallest_and_narrowest_photos_are_searched(
    size: tuple[int, int], detector: YunetDetector
) -> None:
    assert detector.detect(Image.new("RGB", size, "white")) == ()


def test_a_tiny_face_is_left_alone(detector: YunetDetector) -> None:
    photo = _scaled(two_men(), 0.15)
    assert detector.detect(photo) == ()
    assert len(detector.detect(_scaled(two_men(), 0.5))) == 2
    assert round(136 * 0.15) < SMALLEST_SIDE_PX


def test_a_face_at_the_edge_stays_within_the_photo(
    detector: YunetDetector, encoder: SFaceEncoder
) -> None:
    cut = two_men().crop((975, 20, 1180, 500))
    faces = detector.detect(cut)
    assert [face.box.x1 for face in faces] == [0.0]
    assert np.linalg.norm(encoder.encode(cut, faces)) == pytest.approx(1.0, abs=1e-5)


def test_landmarks_far_outside_give_a_key_and_no_crash(encoder: SFaceEncoder) -> None:
    face = Face(Box(0.0, 0.0, 0.1, 0.1), ((-9.0, -9.0),) * 5, 0.9)
    assert np.isfinite(encoder.encode(Image.new("RGB", (64, 64)), [face])).all()


def test_the_keys_are_marked_as_face_keys(encoder: SFaceEncoder) -> None:
    assert encoder.name.startswith(FACE_PREFIX)
