"""RefCOCO, Objects365 and TAO: boxes in COCO's form, told apart by what lies around them."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from rap_engine.training.errors import BadSource
from rap_engine.training.scene import Instance, Scene
from rap_engine.types import Box
from tests.unit.training.sources.trees import no_photo, photo, scenes, write_json

CATEGORIES = [{"id": 18, "name": "dog"}, {"id": 1, "name": "Handbag/Satchel"}]


def _image(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "file_name": name, "width": 100, "height": 50, **more}


def _box(number: int, image: int, box: list[Any], category: int = 18, **more: Any) -> Any:
    ids = {"id": number, "image_id": image, "category_id": category}
    return {**ids, "bbox": box, "segmentation": [[1.5, 2]], "iscrowd": 0, **more}


def _coco(images: list[Any], annotations: list[Any], **more: Any) -> dict[str, Any]:
    # Boxes first, photos last: nothing says in which order the arrays come.
    start = {"info": {"year": 2014, "by": "[x]"}, "licenses": [{"id": 1}], "version": 1.25}
    ends = {"categories": CATEGORIES, "images": images}
    return {**start, "annotations": annotations, **more, **ends}


def _refcoco(folder: Path, refs: list[Any], images: list[Any], boxes: list[Any]) -> Path:
    write_json(folder / "refcoco/instances.json", _coco(images, boxes))
    write_json(folder / "refcoco/refs(unc).json", refs)
    (folder / "images/mscoco/images/train2014").mkdir(parents=True)
    return folder / "refcoco"


def _ref(annotation: Any, *said: str, split: str = "train") -> dict[str, Any]:
    return {"ann_id": annotation, "split": split, "sentences": [{"sent": each} for each in said]}


def test_refcoco_has_those_who_were_referred_to_in_the_split(tmp_path: Path) -> None:
    folder = _refcoco(
        tmp_path,
        [
            _ref(7, "left dog", "dog on left", "left dog"),
            _ref(9, "the bag"),
            _ref(7, "brown dog"),
            _ref(8, "other dog", split="val"),
            _ref([9, 7], "both of them"),
            _ref([-1], "the giraffe"),
        ],
        [_image(1, "a.jpg"), _image(2, "b.jpg"), _image(3, "c.jpg")],
        [
            _box(9, 2, [10, 10, 20, 20], category=1),
            _box(8, 1, [0, 0, 10, 10]),
            _box(7, 1, [50, 25, 25, 12.5]),
            _box(6, 3, [0, 0, 10, 10]),
        ],
    )
    photos = tmp_path / "images/mscoco/images/train2014"
    for name in "abc":
        photo(photos / f"{name}.jpg")

    found, heard = scenes("refcoco", folder)

    in_use = folder / "../images/mscoco/images/train2014"
    dog = Instance(
        Box(0.5, 0.5, 0.75, 0.75), "dog", phrases=("left dog", "dog on left", "brown dog")
    )
    bag = Instance(Box(0.1, 0.2, 0.3, 0.6), "handbag", phrases=("the bag",))
    assert found == [Scene("1", in_use / "a.jpg", (dog,)), Scene("2", in_use / "b.jpg", (bag,))]
    assert heard.told == []


def test_refcoco_tells_of_expressions_without_a_box_and_of_those_that_are_none(
    tmp_path: Path,
) -> None:
    folder = _refcoco(
        tmp_path, [_ref(7, "a dog"), {"ann_id": 7}, [], _ref(99, "nobody")], [_image(1, "a.jpg")],
        [_box(7, 1, [0, 0, 10, 10])],
    )  # fmt: skip
    photo(tmp_path / "images/mscoco/images/train2014/a.jpg")
    found, heard = scenes("refcoco", folder)
    refs = folder / "refs(unc).json"
    assert [scene.id for scene in found] == ["1"]
    assert heard.told == [
        ("broken_annotation", f"{refs}#1"),
        ("broken_annotation", f"{refs}#2"),
        ("broken_annotation", f"{refs}#annotation 99"),
    ]


class _Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("the pickle was loaded",))


def test_refcocos_pickle_is_named_but_never_loaded(tmp_path: Path) -> None:
    write_json(tmp_path / "instances.json", _coco([_image(1, "a.jpg")], []))
    (tmp_path / "train2014").mkdir()
    (tmp_path / "refs(unc).p").write_bytes(pickle.dumps(_Bomb()))
    with pytest.raises(BadSource, match=r"refs\(unc\)\.p is a pickle, which is never opened"):
        scenes("refcoco", tmp_path)


def test_two_ways_to_split_refcoco_are_not_mixed(tmp_path: Path) -> None:
    folder = _refcoco(tmp_path, [], [_image(1, "a.jpg")], [])
    write_json(folder / "refs(google).json", [])
    with pytest.raises(BadSource, match=r"leave one of refs\(google\)\.json, refs\(unc\)\.json"):
        scenes("refcoco", folder)


@pytest.mark.parametrize(
    ("annotations", "photos"),
    [
        ("zhiyuan_objv2_train.json", "patch8"),
        ("annotations/zhiyuan_objv2_train.json", "train/patch8"),
        ("train/zhiyuan_objv2_train.json", "train/images/v1/patch8"),
        ("annotations/zhiyuan_objv2_train.json", "images/train/patch8"),
    ],
)
def test_objects365_is_found_in_the_trees_that_are_in_use(
    tmp_path: Path, annotations: str, photos: str
) -> None:
    images = [_image(420917, "images/v1/patch8/objects365_v1_00420917.jpg", license=5, url="")]
    boxes = [
        _box(51, 420917, [50, 25, 25, 12.5], isfake=0, isreflected=0, area=1),
        _box(52, 420917, [0, 0, 100, 50], iscrowd=1),
    ]
    write_json(tmp_path / annotations, _coco(images, boxes))
    file = photo(tmp_path / photos / "objects365_v1_00420917.jpg")
    found, heard = scenes("objects365", tmp_path)
    assert found == [Scene("420917", file, (Instance(Box(0.5, 0.5, 0.75, 0.75), "dog"),))]
    assert heard.told == []


def test_what_is_wrong_in_cocos_form_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "zhiyuan_objv2_train.json"
    images = [
        _image(1, "p/good.jpg"),
        _image(2, "p/gone.jpg"),
        _image(3, "p/words.jpg"),
        _image(4, "../../out.jpg"),
        {"id": 5, "file_name": "p/no-sides.jpg"},
        _image(2**70, "p/large-id.jpg"),
        _image(6, "p/never-seen.jpg"),
        _image(7, "/etc/passwd"),
        "no image",
        _image(8, "p/flat.jpg", height=0),
    ]
    boxes = [
        _box(10, 1, [-10, 40, 30, 40]),  # clipped
        _box(11, 1, [10, 10, 0, 5]),
        _box(12, 1, [200, 10, 5, 5]),
        _box(13, 1, [1, 2, 3]),
        _box(14, 1, [1, 2, "x", 4]),
        _box(15, 1, [1, 2, float("nan"), 4]),
        _box(16, 1, [0, 0, 5, 5], category=77),
        _box(17, 99, [0, 0, 5, 5]),
        *(_box(20 + image, image, [0, 0, 5, 5]) for image in (2, 3, 4, 7, 8)),
    ]
    write_json(file, _coco(images, boxes))
    good = photo(tmp_path / "p/good.jpg")
    words = no_photo(tmp_path / "p/words.jpg")

    found, heard = scenes("objects365", tmp_path)

    assert found == [Scene("1", good, (Instance(Box(0.0, 0.8, 0.2, 1.0), "dog"),))]
    assert sorted(heard.told) == sorted(
        [
            ("broken_annotation", f"{file}#images[4]"),
            ("broken_annotation", f"{file}#images[5]"),
            ("broken_annotation", f"{file}#images[8]"),
            ("broken_annotation", f"{file}#annotations[3]"),
            ("broken_annotation", f"{file}#annotations[4]"),
            *(
                ("broken_annotation", f"{file}#annotation {number}")
                for number in (11, 12, 15, 16, 17, 28)
            ),
            ("broken_annotation", f"{file}#image 4"),
            ("broken_annotation", f"{file}#image 7"),
            ("missing_file", str(tmp_path / "train/p/gone.jpg")),
            ("unreadable_photo", str(words)),
        ]
    )


def test_a_file_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    whole = json.dumps({
        "categories": CATEGORIES,
        "images": [_image(1, "p/a.jpg")],
        "annotations": [_box(1, 1, [0, 0, 50, 25]), _box(2, 1, [0, 0, 5, 5])],
    })  # fmt: skip
    file = tmp_path / "zhiyuan_objv2_train.json"
    file.write_text(whole[: whole.index('"id": 2')])
    photo(tmp_path / "p/a.jpg")
    found, heard = scenes("objects365", tmp_path)
    assert [scene.instances for scene in found] == [(Instance(Box(0, 0, 0.5, 0.5), "dog"),)]
    assert heard.told == [("broken_annotation", f"{file}#4")]


@pytest.mark.parametrize("content", ["[]", "{}", "", "no json", '{"images": []}', "\xff"])
def test_another_kind_of_file_is_not_objects365(tmp_path: Path, content: str) -> None:
    (tmp_path / "zhiyuan_objv2_train.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(BadSource, match=r"zhiyuan_objv2_train\.json: has no images"):
        scenes("objects365", tmp_path)


def test_tao_follows_individuals_by_their_tracks(tmp_path: Path) -> None:
    merged = {"id": 805, "name": "car_(automobile)", "merged": [{"id": 34, "name": "cab"}]}
    name = "train/YFCC100M/v_f69e/frame{:04d}.jpg"
    data = _coco(
        [
            _image(0, name.format(391), video_id=0, frame_index=390),
            _image(1, name.format(421), video_id=0, frame_index=420),
            _image(2, name.format(451), video_id=0, frame_index=450),
        ],
        [
            _box(0, 0, [0, 0, 50, 50], track_id=0),
            _box(1, 1, [50, 0, 50, 50], track_id=0),
            _box(2, 1, [0, 0, 25, 25], category=34, track_id=3),
        ],
        videos=[{"id": 0, "name": "train/YFCC100M/v_f69e"}],
        tracks=[{"id": 0, "category_id": 18, "video_id": 0}],
    )
    data["categories"] = [*CATEGORIES, merged]
    write_json(tmp_path / "annotations/train.json", data)
    first = photo(tmp_path / "frames" / name.format(391))
    second = tmp_path / "frames" / name.format(421)

    found, heard = scenes("tao", tmp_path)
    assert [scene.id for scene in found] == ["0"]
    assert heard.told == [("missing_file", str(second))]

    photo(second)
    found, heard = scenes("tao", tmp_path)
    assert found == [
        Scene("0", first, (Instance(Box(0, 0, 0.5, 1), "dog", "track-0"),)),
        Scene(
            "1",
            second,
            (
                Instance(Box(0.5, 0, 1, 1), "dog", "track-0"),
                Instance(Box(0, 0, 0.25, 0.5), "car", "track-3"),
            ),
        ),
    ]
    assert heard.told == []


@pytest.mark.parametrize(
    ("layout", "lacks"),
    [
        ("refcoco", "instances.json"),
        ("objects365", "annotations/zhiyuan_objv2_train.json"),
        ("tao", "annotations/train.json"),
        ("imagenet-vid", "Annotations/VID/train"),
        ("custom-concept-101", "dataset.json"),
        ("celeba", "identity_CelebA.txt"),
        ("llava-instruct", "llava_v1_5_mix665k.json"),
        ("rap-260k", "rap_train_260k.json"),
        ("records", "records.json"),
        ("concepts", "concepts.json"),
    ],
)
def test_a_folder_of_another_layout_is_refused_at_once(
    tmp_path: Path, layout: Any, lacks: str
) -> None:
    with pytest.raises(BadSource) as caught:
        scenes(layout, tmp_path)
    assert lacks in str(caught.value)
    assert str(tmp_path) in str(caught.value)
