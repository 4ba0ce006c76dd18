"""From scenes to a folder of records."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rap_engine.errors import ServerAway
from rap_engine.images import crop_box
from rap_engine.training.annotators import Asked, NoAnnotation, Sight, TemplateAnnotator
from rap_engine.training.building import Supply, build_records
from rap_engine.training.errors import BadPlan, RunCancelled, TrainingError
from rap_engine.training.plan import AugmentationPlan, NegativesPlan, Plan, RecordsPlan
from rap_engine.training.records import BadRecord, Manifest, Record, Said, ShardedRecords
from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.types import Box
from tests.unit.training.makers.scenes import LEFT, MIDDLE, RIGHT, paint, shows

KINDS = {"grounding": 4.0, "recognition": 3.0, "caption": 2.0, "description": 1.0, "question": 2.0}


@dataclass
class Yard:
    """Four individuals, three photos each, and one photo of two."""

    folder: Path
    name: str = "yard"

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        for colour, kind in (("red", "dog"), ("blue", "cat"), ("green", "dog"), ("yellow", "cup")):
            for number, box in enumerate((MIDDLE, LEFT, RIGHT)):
                photo = self.folder / f"{colour}{number}.jpg"
                if not photo.exists():
                    paint(photo, **{colour: box})
                instance = Instance(box, kind, colour, info=f"It is {colour}.")
                yield Scene(f"{colour}/{number}", photo, (instance,), is_introduction=not number)
        both = self.folder / "both.jpg"
        if not both.exists():
            paint(both, red=LEFT, blue=RIGHT)
        instances = (Instance(LEFT, "dog", "red"), Instance(RIGHT, "cat", "blue"))
        yield Scene("both", both, instances)


@dataclass
class Lessons:
    """Instructions without photos."""

    count: int = 40
    name: str = "lessons"

    def records(self, skips: Skips) -> Iterator[Record]:
        for number in range(self.count):
            said = (Said("human", f"{number}?"), Said("gpt", f"{number}!"))
            yield Record(f"lessons-{number}", "instruction", None, said)


class Middle:
    """Embeds a crop by the colour in its middle."""

    name = "middle"
    width = 3

    def __init__(self) -> None:
        self.crops = 0

    def encode(self, crops: Sequence[Image.Image]) -> NDArray[np.float32]:
        self.crops += len(crops)
        middles = [crop.getpixel((crop.width // 2, crop.height // 2)) for crop in crops]
        colours = np.array(middles, np.float32)
        unit: NDArray[np.float32] = colours / np.linalg.norm(colours, axis=1, keepdims=True)
        return unit


def darker(
    image: Image.Image, rng: Random, *, box: Box | None = None, category: str = ""
) -> Image.Image:
    crop = image if box is None else crop_box(image, box)
    return crop.point(lambda value: value * (0.9 + 0.1 * rng.random()))


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    return Yard(tmp_path_factory.mktemp("yard"))


Build = Callable[..., Manifest]


@pytest.fixture
def build(yard: Yard, tmp_path: Path) -> Build:
    """Build 60 records of the yard into `tmp_path / "built"`, or as the test says."""

    def built(folder: Path = tmp_path / "built", most: int | None = 60, **changed: Any) -> Manifest:
        plan = RecordsPlan.model_validate(
            {
                "kinds": changed.pop("kinds", KINDS),
                "with_info": changed.pop("with_info", True),
                "negatives": changed.pop("negatives", NegativesPlan(references=1)),
                "augmentation": AugmentationPlan(variants=2),
            }
        )
        more: dict[str, Any] = {
            "sources": [Supply(yard, most)],
            "annotator": TemplateAnnotator(),
            "augment": darker,
            **changed,
        }
        return build_records(plan, folder, **more)

    return built


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.*")}


def test_kinds_are_counted_and_as_they_are_weighed(build: Build) -> None:
    manifest = build()
    assert manifest.kinds == {
        "caption": 10,
        "description": 5,
        "grounding": 20,
        "question": 10,
        "recognition": 15,
    }
    assert manifest.skips == {}


def test_every_record_can_be_read_with_its_crops_and_its_photo(
    build: Build, tmp_path: Path
) -> None:
    build()
    folder = tmp_path / "built"
    records = list(ShardedRecords(folder))
    assert len(records) == len({record.id for record in records}) == 60
    for record in records:
        assert record.image is None or (folder / record.image).is_file()
        for reference in record.references:
            with Image.open(folder / reference.crop) as crop:
                assert crop.format == "JPEG"


def test_photos_are_referred_to_where_they_are(build: Build, tmp_path: Path, yard: Yard) -> None:
    build()
    images = {record.image for record in ShardedRecords(tmp_path / "built") if record.image}
    outside = {Path(image).parent for image in images if Path(image).is_absolute()}
    assert outside == {yard.folder}
    assert not list((tmp_path / "built").rglob("*.part"))


def test_the_same_seed_makes_the_same_bytes(build: Build, tmp_path: Path) -> None:
    first = build(tmp_path / "one", seed=3, encoder=Middle())
    second = build(tmp_path / "two", seed=3, encoder=Middle())
    assert first.data_hash == second.data_hash
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


def test_another_seed_makes_other_records(build: Build, tmp_path: Path) -> None:
    one, other = build(tmp_path / "one", seed=3), build(tmp_path / "two", seed=4)
    assert one.data_hash != other.data_hash


def test_what_is_finished_is_not_made_again(build: Build, tmp_path: Path) -> None:
    first = build()
    told: list[tuple[int, int]] = []
    assert build(progress=lambda *at: told.append(at)) == first
    assert not told
    assert build(seed=9, progress=lambda *at: told.append(at)) != first
    assert told[-1] == (60, 60)


def test_a_build_that_was_ended_begins_again_and_comes_to_the_same(
    build: Build, tmp_path: Path
) -> None:
    whole = build(tmp_path / "whole")
    asked = iter(range(1000))
    with pytest.raises(RunCancelled):
        build(tmp_path / "ended", should_stop=lambda: next(asked) > 40)
    with pytest.raises(BadRecord):
        Manifest.read(tmp_path / "ended")
    assert build(tmp_path / "ended").data_hash == whole.data_hash
    assert bytes_of(tmp_path / "ended") == bytes_of(tmp_path / "whole")


def test_progress_is_told_record_by_record(build: Build) -> None:
    told: list[tuple[int, int]] = []
    build(progress=lambda *at: told.append(at))
    assert told == [(number, 60) for number in range(1, 61)]


def test_without_a_number_each_scene_is_used_once(build: Build, tmp_path: Path) -> None:
    assert build(most=None).records == 13
    scenes = {
        record.id.split("/", 1)[1].rsplit("/", 1)[0]
        for record in ShardedRecords(tmp_path / "built")
    }
    assert len(scenes) == 13


def test_instructions_are_added_by_their_weight(build: Build, yard: Yard) -> None:
    manifest = build(
        sources=[Supply(yard, 60), Supply(Lessons())], kinds={**KINDS, "instruction": 4.0}
    )
    assert manifest.kinds["instruction"] == 20
    assert manifest.records == 80


def test_without_infos_no_reference_has_one(build: Build, tmp_path: Path) -> None:
    build(with_info=False)
    infos = {
        each.info for record in ShardedRecords(tmp_path / "built") for each in record.references
    }
    assert infos == {""}


def test_hard_negatives_are_found_by_the_encoder(build: Build, tmp_path: Path) -> None:
    encoder = Middle()
    plan = NegativesPlan(references=1, most=1, hard=1, questions=0)
    build(encoder=encoder, negatives=plan, kinds={"grounding": 1.0})
    # Each of the pool once, whatever the number of records.
    assert encoder.crops == 4
    folder = tmp_path / "built"
    of_green = [record for record in ShardedRecords(folder) if "/green/" in record.id]
    assert len(of_green) > 5
    for record in of_green:
        # Yellow is the nearest to green: they share a channel.
        assert {each.category for each in record.references} == {"dog", "cup"}


def test_a_photo_that_cannot_be_read_is_skipped_with_its_path(build: Build, tmp_path: Path) -> None:
    broken = Yard(tmp_path / "photos")
    list(broken.scenes(Skips()))
    (broken.folder / "both.jpg").write_bytes(b"no photo")
    (broken.folder / "red2.jpg").unlink()

    @dataclass
    class Listed:
        scenes_: list[Scene]
        name: str = "yard"

        def scenes(self, skips: Skips) -> Iterator[Scene]:
            return iter(self.scenes_)

    listed = Listed(list(Yard(tmp_path / "other").scenes(Skips())))
    listed.scenes_ = [
        Scene(each.id, broken.folder / each.photo.name, each.instances, (), each.is_introduction)
        for each in listed.scenes_
    ]
    manifest = build(sources=[Supply(listed, 39)])
    assert manifest.skips["yard"]["unreadable_photo"] >= 1
    assert manifest.skips["yard"]["missing_file"] >= 1
    assert 20 <= manifest.records < 39
    assert all("both.jpg" not in str(record.image) for record in ShardedRecords(tmp_path / "built"))


class Silent(TemplateAnnotator):
    """Has no captions."""

    def caption(self, sight: Sight) -> str:
        raise NoAnnotation("no words")

    def questions(self, sight: Sight) -> tuple[Asked, ...]:
        raise NoAnnotation("no words")


def test_what_nobody_can_annotate_is_counted_and_another_kind_is_made(build: Build) -> None:
    manifest = build(annotator=Silent())
    assert manifest.records == 60
    assert "caption" not in manifest.kinds
    assert manifest.skips["yard"]["no_annotation"] >= 10


def test_an_annotators_server_that_is_away_ends_the_build(build: Build, tmp_path: Path) -> None:
    class Away(TemplateAnnotator):
        def caption(self, sight: Sight) -> str:
            raise ServerAway("away")

    with pytest.raises(ServerAway):
        build(annotator=Away())
    assert not (tmp_path / "built" / "records.json").exists()


@pytest.mark.parametrize(
    "kinds",
    [
        {"poetry": 1.0},
        {},
        {"caption": 0.0},
        {"caption": -1.0, "question": 1.0},
        {"caption": math.inf},
    ],
)
def test_a_plan_with_kinds_that_there_are_not_is_refused(
    kinds: dict[str, float], tmp_path: Path
) -> None:
    weights = "\n".join(f"{kind} = {weight}" for kind, weight in kinds.items())
    (tmp_path / "plan.toml").write_text(f"[records.kinds]\n{weights}\n")
    with pytest.raises(BadPlan, match=r"records\.kinds"):
        Plan.read(tmp_path / "plan.toml")


def test_nothing_to_make_records_of_is_an_error(build: Build) -> None:
    with pytest.raises(TrainingError, match="No record could be made"):
        build(sources=[])


def test_the_references_of_a_record_show_whom_its_words_mean(build: Build, tmp_path: Path) -> None:
    build(kinds={"grounding": 1.0})
    folder = tmp_path / "built"
    for line in (folder / "records-00000.jsonl").read_text("utf-8").splitlines():
        said = json.loads(line)
        colours = {about["name"]: shows(folder / crop) for crop, about in said["extra"].items()}
        asked = [name for name in colours if name in said["conversations"][0]["value"]]
        scene = said["id"].split("/")[1]
        assert scene == "both" or [colours[name] for name in asked] == [scene]
