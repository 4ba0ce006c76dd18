"""Which region of a photo is the concept that a person introduces, and what is kept of it."""

import io

from PIL import Image

from rap_engine.retrieve.study import SCENE_SIDE_PX, images_of, pick_region, scene_jpeg
from rap_engine.types import Box, Region

WHOLE = Region.whole()
DOG = Region(Box(0.3, 0.3, 0.6, 0.7), "dog", 0.6)
PERSON = Region(Box(0.1, 0.0, 0.9, 1.0), "person", 0.9)
SHOE = Region(Box(0.9, 0.9, 1.0, 1.0), "shoe", 0.5)


def test_without_a_detection_it_is_the_whole_photo() -> None:
    strip = Region(Box(0.5, 0.0, 1.0, 1.0), None, 0.0)
    assert pick_region([WHOLE, strip], "", "") == WHOLE


def test_the_sure_large_and_central_one_is_meant() -> None:
    assert pick_region([WHOLE, SHOE, PERSON], "", "") == PERSON


def test_the_one_whose_kind_the_person_says_is_meant() -> None:
    assert pick_region([WHOLE, PERSON, DOG], "", "our dog, afraid of vacuum cleaners") == DOG
    assert pick_region([WHOLE, PERSON, DOG], "Dog", "") == DOG


def test_a_kind_within_another_word_is_not_said() -> None:
    assert pick_region([WHOLE, PERSON, DOG], "", "doggedly ambitious") == PERSON


def test_a_whole_photo_needs_no_scene() -> None:
    assert scene_jpeg(Image.new("RGB", (50, 50)), Box.whole()) is None


def test_a_scene_is_the_whole_photo_small_and_without_metadata() -> None:
    photo = Image.new("RGB", (1280, 640), "red")
    photo.info["comment"] = b"where we live"
    photo.getexif()[0x010F] = "a camera"
    content = scene_jpeg(photo, DOG.box)
    assert content is not None
    scene = Image.open(io.BytesIO(content))
    assert scene.size == (SCENE_SIDE_PX, SCENE_SIDE_PX // 2)
    assert "comment" not in scene.info
    assert dict(scene.getexif()) == {}
    assert photo.size == (1280, 640)


def test_a_view_is_embedded_as_its_crop_and_what_is_around_it() -> None:
    crop, scene = Image.new("RGB", (1, 1)), Image.new("RGB", (2, 2))
    assert images_of(crop, scene) == [crop, scene]
    assert images_of(crop, None) == [crop]
