"""A photo's header is enough, and no path of an annotation leads out of its folder."""

import os
from pathlib import Path

import pytest
from PIL import Image

from rap_engine.training.errors import BadSource
from rap_engine.training.skips import Skips
from rap_engine.training.sources.boxes import category_word
from rap_engine.training.sources.concepts import Concepts
from rap_engine.training.sources.custom_concept_101 import CustomConcept101
from rap_engine.training.sources.files import PhotoFile, PhotoFinder, inside
from tests.unit.training.sources.trees import Heard, no_photo, photo


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_a_photo_is_known_by_its_header_alone(tmp_path: Path, heard: Heard) -> None:
    file = tmp_path / "large.jpg"
    noise = Image.frombytes("RGB", (400, 300), os.urandom(400 * 300 * 3))
    noise.save(file, "JPEG", quality=95)
    # Most of the pixels are gone; whoever decodes it will see.
    os.truncate(file, 5_000)
    assert PhotoFinder("it", heard).look(file) == PhotoFile(file, 400, 300)
    assert heard.told == []


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "MPO"])
def test_a_header_behind_much_metadata_is_found(tmp_path: Path, heard: Heard, format: str) -> None:
    file = tmp_path / "photo"
    # Noise, so that the file is longer than what is read at first.
    plain = Image.frombytes("RGB", (400, 300), os.urandom(400 * 300 * 3))
    exif = Image.Exif()
    exif[0x010E] = "x" * 60_000
    profile = b"\0" * 100_000
    more = {"save_all": True, "append_images": [plain]} if format == "MPO" else {}
    plain.save(file, format, exif=exif, icc_profile=profile, **more)
    assert file.stat().st_size > 1 << 16
    assert PhotoFinder("it", heard).look(file) == PhotoFile(file, 400, 300)


def test_a_photo_that_cannot_be_used_is_noted_with_its_path(tmp_path: Path, heard: Heard) -> None:
    finder = PhotoFinder("it", heard)
    words, small = no_photo(tmp_path / "words.jpg"), photo(tmp_path / "small.jpg", 20, 20)
    empty, folder = tmp_path / "empty.jpg", tmp_path / "folder.jpg"
    empty.touch()
    folder.mkdir()
    gone, through = tmp_path / "gone.jpg", words / "x.jpg"
    for path in (words, small, empty, folder, gone, through):
        assert finder.look(path) is None
    assert heard.told == [
        *(("unreadable_photo", str(path)) for path in (words, small, empty, folder)),
        ("missing_file", str(gone)),
        ("unreadable_photo", str(through)),
    ]
    assert heard.counts == {("it", "unreadable_photo"): 5, ("it", "missing_file"): 1}


def test_a_crop_may_be_small(tmp_path: Path, heard: Heard) -> None:
    small = photo(tmp_path / "small.jpg", 20, 20)
    found = PhotoFinder("it", heard).look(small, is_crop=True)
    assert found is not None
    assert found.path == small


@pytest.mark.parametrize(
    "said", ["../a.jpg", "a/../../b.jpg", "/etc/passwd", "", ".", "./", "a\0b", None, 7, ["a"]]
)
def test_paths_out_of_the_folder_are_none(tmp_path: Path, said: object) -> None:
    with pytest.raises(ValueError, match=r"no path|leads out"):
        inside(tmp_path, said)


def test_paths_within_the_folder_are_kept(tmp_path: Path) -> None:
    assert inside(tmp_path, "./images/a b.jpg") == tmp_path / "images/a b.jpg"
    assert inside(tmp_path, "..jpg") == tmp_path / "..jpg"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Person", "person"),
        ("Handbag/Satchel", "handbag"),
        ("car_(automobile)", "car"),
        ("domestic_cat", "domestic cat"),
    ],
)
def test_categories_are_plain_words(said: str, word: str) -> None:
    assert category_word(said) == word


def test_a_pipe_among_the_photos_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "photo.jpg")
    skips = Skips()
    assert PhotoFinder("pets", skips).look(tmp_path / "photo.jpg") is None
    assert skips.to_json() == {"pets": {"unreadable_photo": 1}}


@pytest.mark.parametrize("source", [Concepts, CustomConcept101])
def test_annotations_as_deep_as_no_stack_are_refused(
    tmp_path: Path, source: type[Concepts | CustomConcept101]
) -> None:
    for name in ("concepts.json", "dataset.json"):
        (tmp_path / name).write_text("[" * 200_000)
    (tmp_path / "benchmark_dataset").mkdir()
    with pytest.raises(BadSource):
        list(source("pets", tmp_path).scenes(Skips()))
