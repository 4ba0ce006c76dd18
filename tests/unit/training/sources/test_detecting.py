"""Photos without boxes get one, where a detector finds who is shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError

from rap_engine.training.plan import SourcePlan
from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.training.sources import Detecting
from rap_engine.types import Box, Region
from tests.unit.training.sources.trees import no_photo, photo

SOFA, CAT = Box(0, 0, 1, 0.75), Box(0.25, 0.25, 0.5, 0.5)


@dataclass
class _Detector:
    """Sees a sofa, and a cat on it, which is smaller and less sure."""

    name: str = "sofa-and-cat"
    sees: tuple[Region, ...] = (Region(SOFA, "sofa", 0.6), Region(CAT, "cat", 0.4))
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def detect(self, photo: Image.Image, vocabulary: Sequence[str]) -> list[Region]:
        self.asked.append(tuple(vocabulary))
        return list(self.sees)


@dataclass
class _Source:
    name: str
    all: tuple[Scene, ...]

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        yield from self.all


def _boxes(detector: _Detector, *scenes: Scene) -> list[list[Box]]:
    source = Detecting(_Source("photos", scenes), detector)
    assert source.name == "photos"
    return [[each.box for each in scene.instances] for scene in source.scenes(Skips())]


def _scene(file: Path, *instances: Instance) -> Scene:
    return Scene("1", file, instances, is_introduction=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return photo(tmp_path / "1.jpg")


def test_who_is_meant_is_found_as_when_somebody_is_remembered(file: Path) -> None:
    detector = _Detector()
    assert _boxes(detector, _scene(file, Instance(Box.whole(), "cat"))) == [[CAT]]
    assert detector.asked == [("cat",)]
    assert _boxes(detector, _scene(file, Instance(Box.whole(), "", info="On a sofa."))) == [[SOFA]]
    assert detector.asked[1:] == [()]


def test_all_else_of_a_scene_stays(file: Path) -> None:
    whole = _scene(file, Instance(Box.whole(), "cat", "tom", "Tom", "Black.", ("a tail",)))
    (found,) = Detecting(_Source("photos", (whole,)), _Detector()).scenes(Skips())
    assert found == _scene(
        file, Instance(CAT, "cat", "tom", "Tom", "Black.", ("a tail",), is_detected=True)
    )


def test_a_box_that_is_known_is_left_alone(file: Path) -> None:
    known, two = Instance(SOFA, "cat"), Instance(Box.whole(), "cat")
    detector = _Detector()
    assert _boxes(detector, _scene(file, known), _scene(file, two, two), _scene(file)) == [
        [SOFA],
        [Box.whole()] * 2,
        [],
    ]
    assert detector.asked == []


def test_where_nothing_is_found_it_is_the_whole_photo(file: Path) -> None:
    scene = _scene(file, Instance(Box.whole(), "cat"))
    assert _boxes(_Detector(sees=()), scene) == [[Box.whole()]]


def test_a_photo_that_cannot_be_read_is_left_to_who_crops_it(tmp_path: Path) -> None:
    instance = Instance(Box.whole(), "cat")
    scenes = [_scene(no_photo(tmp_path / "words.jpg"), instance), _scene(tmp_path, instance)]
    assert _boxes(_Detector(), *scenes) == [[Box.whole()]] * 2


def test_only_layouts_without_boxes_ask_for_it(tmp_path: Path) -> None:
    assert SourcePlan(layout="concepts", folder=tmp_path, detect=True).detect
    with pytest.raises(ValidationError, match="without boxes: concepts, custom-concept-101"):
        SourcePlan(layout="refcoco", folder=tmp_path, detect=True)
