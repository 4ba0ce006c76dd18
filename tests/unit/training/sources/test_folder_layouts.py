"""ILSVRC2015-VID, CustomConcept101, CelebA and our own layout of concepts."""

from pathlib import Path
from typing import Any

import pytest

from rap_engine.training.errors import BadSource
from rap_engine.training.scene import Instance, Scene
from rap_engine.types import Box
from tests.unit.training.sources.trees import no_photo, photo, scenes, write_json

DOG, TRAIN = "n02084071", "n04468005"


def _object(track: Any, name: str, left: Any, top: Any, right: Any, bottom: Any) -> str:
    sides = f"<xmax>{right}</xmax><xmin>{left}</xmin><ymax>{bottom}</ymax><ymin>{top}</ymin>"
    return (
        f"<object><trackid>{track}</trackid><name>{name}</name><bndbox>{sides}</bndbox>"
        "<occluded>0</occluded><generated>1</generated></object>"
    )


def _annotated(*objects: str, head: str = "", width: Any = 100) -> str:
    size = f"<size><width>{width}</width><height>50</height></size>"
    return f"{head}<annotation><filename>000000</filename>{size}{''.join(objects)}</annotation>"


def _frame(folder: Path, path: str, said: str) -> Path:
    """Write a frame's two files, and return its photo."""
    xml = folder / f"Annotations/VID/train/{path}.xml"
    xml.parent.mkdir(parents=True, exist_ok=True)
    xml.write_text(said)
    return photo(folder / f"Data/VID/train/{path}.JPEG")


def test_vid_follows_individuals_within_a_snippet(tmp_path: Path) -> None:
    pack = "ILSVRC2015_VID_train_0000"
    one, two = f"{pack}/ILSVRC2015_train_00000000", f"{pack}/ILSVRC2015_train_00000001"
    both = _annotated(_object(0, DOG, 0, 0, 50, 50), _object(1, TRAIN, 50, 25, 120, 50))
    first = _frame(tmp_path, f"{one}/000000", both)
    second = _frame(tmp_path, f"{one}/000001", _annotated(_object(0, DOG, 25, 0, 75, 50)))
    _frame(tmp_path, f"{one}/000002", _annotated())
    other = _frame(tmp_path, f"{two}/000000", _annotated(_object(0, DOG, 0, 0, 100, 50)))

    found, heard = scenes("imagenet-vid", tmp_path)

    dog, stranger = "ILSVRC2015_train_00000000/0", "ILSVRC2015_train_00000001/0"
    train = Instance(Box(0.5, 0.5, 1, 1), "train", "ILSVRC2015_train_00000000/1")
    assert found == [
        Scene(f"{one}/000000", first, (Instance(Box(0, 0, 0.5, 1), "dog", dog), train)),
        Scene(f"{one}/000001", second, (Instance(Box(0.25, 0, 0.75, 1), "dog", dog),)),
        Scene(f"{two}/000000", other, (Instance(Box.whole(), "dog", stranger),)),
    ]
    assert heard.told == []


def test_vids_validation_snippets_lie_one_folder_higher(tmp_path: Path) -> None:
    xml = tmp_path / "Annotations/VID/val/ILSVRC2015_val_00030000/000000.xml"
    xml.parent.mkdir(parents=True)
    xml.write_text(_annotated(_object(4, DOG, 0, 0, 50, 50)))
    file = photo(tmp_path / "Data/VID/val/ILSVRC2015_val_00030000/000000.JPEG")
    found, _ = scenes("imagenet-vid", tmp_path, "val")
    assert [(scene.photo, scene.instances[0].identity) for scene in found] == [
        (file, "ILSVRC2015_val_00030000/4")
    ]


@pytest.mark.parametrize(("frames", "step"), [(10, 1), (28, 3)])
def test_of_a_long_snippet_frames_that_lie_apart_are_taken(
    tmp_path: Path, frames: int, step: int
) -> None:
    for number in range(frames):
        _frame(tmp_path, f"s/{number:06d}", _annotated(_object(0, DOG, 0, 0, 50, 50)))
    found, _ = scenes("imagenet-vid", tmp_path)
    assert [int(scene.photo.stem) for scene in found] == list(range(0, frames, step))


BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "said",
    [
        "no xml",
        "",
        _annotated(_object(0, DOG, 0, 0, 50, 50))[:-20],
        _annotated(_object("&b;", DOG, 0, 0, 50, 50), head=BOMB),
        _annotated(_object(0, DOG, 0, 0, 50, 50), head="<!DOCTYPE annotation SYSTEM 'file:///x'>"),
        _annotated(_object(0, DOG, 0, 0, 50, 50), head='<?xml version="1.0" encoding="klingon"?>'),
        _annotated(_object(0, DOG, 0, 0, 50, 50), head='<?xml version="1.0" encoding="utf-7"?>'),
        _annotated(_object(0, DOG, 0, 0, 50, 50), head=" " * 2**20),
        _annotated(_object(0, DOG, 0, 0, 50, 50), width="wide"),
    ],
)
def test_xml_that_is_broken_or_dangerous_is_told_and_passed_over(tmp_path: Path, said: str) -> None:
    _frame(tmp_path, "s/000000", said)
    good = _frame(tmp_path, "s/000001", _annotated(_object(0, DOG, 0, 0, 50, 50)))
    found, heard = scenes("imagenet-vid", tmp_path)
    assert [scene.photo for scene in found] == [good]
    broken = tmp_path / "Annotations/VID/train/s/000000.xml"
    assert heard.told == [("broken_annotation", str(broken))]


def test_a_broken_object_leaves_the_others_of_its_frame(tmp_path: Path) -> None:
    said = _annotated(
        _object(0, "n00000000", 0, 0, 50, 50),
        _object(1, DOG, 50, 0, 50, 50),
        _object("x", DOG, 0, 0, 50, 50),
        _object(2, DOG, 0, 0, 50, 25),
        "<object><name>n02084071</name></object>",
    )
    _frame(tmp_path, "s/000000", said)
    found, heard = scenes("imagenet-vid", tmp_path)
    assert [scene.instances for scene in found] == [(Instance(Box(0, 0, 0.5, 0.5), "dog", "s/2"),)]
    xml = tmp_path / "Annotations/VID/train/s/000000.xml"
    assert heard.told == [("broken_annotation", f"{xml}#{number}") for number in (0, 1, 2, 4)]


def test_vids_missing_and_unreadable_frames_are_told(tmp_path: Path) -> None:
    dog = _annotated(_object(0, DOG, 0, 0, 50, 50))
    gone, words = _frame(tmp_path, "s/000000", dog), _frame(tmp_path, "s/000001", dog)
    gone.unlink()
    no_photo(words)
    assert scenes("imagenet-vid", tmp_path)[1].told == [
        ("missing_file", str(gone)),
        ("unreadable_photo", str(words)),
    ]


def _concept_101(folder: str, category: str = "bear") -> dict[str, str]:
    prompt = f"photo of a <new1> {category}"
    return {"instance_prompt": prompt, "class_prompt": category, "instance_data_dir": folder}


def test_custom_concept_101_has_a_folder_a_concept(tmp_path: Path) -> None:
    entries = [
        _concept_101("./benchmark_dataset/toy_bear"),
        _concept_101("./benchmark_dataset/gone"),
        _concept_101("../elsewhere"),
        {"class_prompt": "cup"},
        _concept_101("./benchmark_dataset/pet_cat1", "cat"),
    ]
    file = write_json(tmp_path / "dataset.json", entries)
    folder = tmp_path / "benchmark_dataset"
    one, two = photo(folder / "toy_bear/1.jpg"), photo(folder / "toy_bear/2.jpeg")
    words = no_photo(folder / "toy_bear/notes.txt")
    cat = photo(folder / "pet_cat1/0.jpg")

    found, heard = scenes("custom-concept-101", tmp_path)

    bear = (Instance(Box.whole(), "bear", "toy_bear"),)
    assert found == [
        Scene("toy_bear/1.jpg", one, bear),
        Scene("toy_bear/2.jpeg", two, bear),
        Scene("pet_cat1/0.jpg", cat, (Instance(Box.whole(), "cat", "pet_cat1"),)),
    ]
    assert heard.told == [
        ("unreadable_photo", str(words)),
        ("missing_file", str(folder / "gone")),
        ("broken_annotation", f"{file}#2"),
        ("broken_annotation", f"{file}#3"),
    ]


@pytest.mark.parametrize("said", ["{}", "nonsense"])
def test_custom_concept_101_is_a_list(tmp_path: Path, said: str) -> None:
    (tmp_path / "dataset.json").write_text(said)
    (tmp_path / "benchmark_dataset").mkdir()
    with pytest.raises(BadSource, match=r"dataset\.json"):
        scenes("custom-concept-101", tmp_path)


def _celeba(folder: Path, photos: str, anno: str = "Anno/", evaluation: str = "Eval/") -> Path:
    tables = {
        f"{anno}identity_CelebA.txt": "1.jpg 2880\n2.jpg 2937\n3.jpg 2880\n4.jpg 8\n6.jpg 1 2\n",
        f"{anno}list_attr_celeba.txt": (
            "5\nMale Smiling Eyeglasses Attractive \n"
            "1.jpg  1  1  1 -1\n2.jpg -1 -1 -1  1\n3.jpg  1  1 -1 -1\n"
        ),
        f"{anno}list_bbox_celeba.txt": (
            "5\nimage_id x_1 y_1 width height\n1.jpg    50  25  25  50\n2.jpg 0 0 50 25\n"
            "3.jpg 0 0 100 50\n4.jpg 0 0 0 0\n5.jpg 0 0 9 9\n6.jpg 0 0 9 9\n7.jpg 0 0 9 9\n"
        ),
        f"{evaluation}list_eval_partition.txt": (
            "1.jpg 0\n2.jpg 1\n3.jpg 0\n4.jpg 0\n5.jpg 0\n6.jpg 0\n7.jpg 0\n8.jpg 0\n"
        ),
    }
    for name, text in tables.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for number in range(1, 7):
        photo(folder / photos / f"{number}.jpg")
    no_photo(folder / photos / "7.jpg")
    return folder / photos


def test_celeba_has_a_face_a_photo_by_its_persons_number(tmp_path: Path) -> None:
    photos = _celeba(tmp_path, "Img/img_celeba")
    found, heard = scenes("celeba", tmp_path)
    glasses = ("smiling", "wearing eyeglasses")
    assert found == [
        Scene(
            "1.jpg",
            photos / "1.jpg",
            (Instance(Box(0.5, 0.5, 0.75, 1.0), "person", "person-2880", phrases=glasses),),
        ),
        Scene(
            "3.jpg",
            photos / "3.jpg",
            (Instance(Box.whole(), "person", "person-2880", phrases=("smiling",)),),
        ),
    ]
    boxes, people = tmp_path / "Anno/list_bbox_celeba.txt", tmp_path / "Anno/identity_CelebA.txt"
    assert heard.told == [
        ("broken_annotation", f"{boxes}#4.jpg"),
        ("broken_annotation", f"{people}#5.jpg"),
        ("broken_annotation", f"{people}#6.jpg"),
        ("unreadable_photo", str(photos / "7.jpg")),
        ("missing_file", str(photos / "8.jpg")),
    ]


def test_celebas_aligned_photos_are_faces_as_a_whole(tmp_path: Path) -> None:
    photos = _celeba(tmp_path, "img_align_celeba", anno="", evaluation="")
    found, _ = scenes("celeba", tmp_path, "val")
    person = Instance(Box.whole(), "person", "person-2937")
    assert found == [Scene("2.jpg", photos / "2.jpg", (person,))]


def test_celeba_has_three_splits(tmp_path: Path) -> None:
    _celeba(tmp_path, "img_celeba")
    with pytest.raises(BadSource, match="no split 'dev'"):
        scenes("celeba", tmp_path, "dev")


def test_our_own_layout_introduces_each_concept_with_its_first_photo(tmp_path: Path) -> None:
    concepts = {
        "bunny_1": {
            "category": "bunny",
            "name": "Professor Paws",
            "images": ["images/b/base.jpg", "images/b/asleep.jpg"],
            "kind": "Dutch Rabbit",
            "appearance": "Black and white.",
            "features": ["A white blaze", "Upright ears"],
        },
        "cup_1": {"category": "cup", "images": ["images/c.jpg"], "name": None, "kind": None},
    }
    write_json(tmp_path / "concepts.json", concepts)
    files = [photo(tmp_path / path) for path in ("images/b/base.jpg", "images/b/asleep.jpg")]
    cup = photo(tmp_path / "images/c.jpg")

    found, heard = scenes("concepts", tmp_path)

    bunny = Instance(
        Box.whole(),
        "bunny",
        "bunny_1",
        name="Professor Paws",
        info="Dutch Rabbit. Black and white.",
        phrases=("A white blaze", "Upright ears"),
    )
    assert found == [
        Scene("bunny_1/0", files[0], (bunny,), is_introduction=True),
        Scene("bunny_1/1", files[1], (bunny,)),
        Scene("cup_1/0", cup, (Instance(Box.whole(), "cup", "cup_1"),), is_introduction=True),
    ]
    assert heard.told == []


def test_our_own_layout_may_say_where_in_a_photo_its_concept_is(tmp_path: Path) -> None:
    images: list[Any] = [
        {"file": "1.jpg", "box": [0.25, 0, 0.75, 1]},
        {"file": "1.jpg", "box": [0.75, 0, 0.25, 1]},
        {"file": "1.jpg", "box": [0, 0, 1]},
        {"file": "1.jpg", "box": [0, 0, 1, "x"]},
        {"file": "1.jpg", "box": [0, 0, 1, float("nan")]},
        {"file": "1.jpg"},
        "1.jpg",
    ]
    file = write_json(tmp_path / "concepts.json", {"a": {"category": "cat", "images": images}})
    photo(tmp_path / "1.jpg")
    found, heard = scenes("concepts", tmp_path)
    assert [(scene.id, scene.instances[0].box) for scene in found] == [
        ("a/0", Box(0.25, 0, 0.75, 1)),
        ("a/6", Box.whole()),
    ]
    assert heard.told == [("broken_annotation", f"{file}#a/{number}") for number in range(1, 6)]


def test_what_is_wrong_in_our_own_layout_is_told(tmp_path: Path) -> None:
    concepts = {
        "a": {"category": "cat", "images": ["images/1.jpg", "/etc/passwd", 5, "", "."]},
        "b": {"images": ["images/1.jpg"]},
        "c": {"category": 7, "images": []},
        "d": "nothing",
        "e": {"category": "cat", "images": ["images/2.jpg"], "features": [1]},
        "f": {"category": "cat", "images": ["images/2.jpg", "images/words.jpg"]},
    }
    file = write_json(tmp_path / "concepts.json", concepts)
    photo(tmp_path / "images/2.jpg")
    words = no_photo(tmp_path / "images/words.jpg")
    found, heard = scenes("concepts", tmp_path)
    assert [scene.id for scene in found] == ["f/0"]
    assert heard.told == [
        ("missing_file", str(tmp_path / "images/1.jpg")),
        *[("broken_annotation", f"{file}#a")] * 4,
        *[("broken_annotation", f"{file}#{concept}") for concept in "bcde"],
        ("unreadable_photo", str(words)),
    ]


@pytest.mark.parametrize("said", ["[]", "nonsense", "\xff"])
def test_concepts_are_an_object(tmp_path: Path, said: str) -> None:
    (tmp_path / "concepts.json").write_bytes(said.encode("latin-1"))
    with pytest.raises(BadSource, match=r"concepts\.json"):
        scenes("concepts", tmp_path)
