"""LLaVA-Instruct, RAP-260K, shards of our own, and what people who agreed told."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rap_engine.training.errors import BadSource
from rap_engine.training.makers.renaming import Renaming
from rap_engine.training.plan import SourcePlan
from rap_engine.training.records import Record, RecordReference, Said, ShardWriter
from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.training.sources import OwnViews, open_source
from rap_engine.training.sources.own import Exchange, OwnView, write_own
from rap_engine.types import Box
from tests.unit.training.sources.trees import Heard, no_photo, photo, records, write_json

QUESTION, ANSWER = "What colour is the bus?", "White."


def _said(question: str = QUESTION, answer: str = ANSWER) -> list[dict[str, str]]:
    return [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]


def _conversation(question: str = QUESTION, answer: str = ANSWER) -> tuple[Said, Said]:
    return Said("human", question), Said("gpt", answer)


def test_llavas_instructions_are_records_without_references(tmp_path: Path) -> None:
    first, last = _said(f"<image>\n{QUESTION}"), _said(f"{QUESTION}\n<image>")
    entries = [
        {"id": "0", "image": "coco/train2017/0.jpg", "conversations": first},
        {"id": "0", "conversations": _said("Hello", "Good day"), "model": ""},
        {"id": "1", "image": "gqa/images/1.jpg", "conversations": last},
    ]
    write_json(tmp_path / "llava_v1_5_mix665k.json", entries)
    one, two = photo(tmp_path / "coco/train2017/0.jpg"), photo(tmp_path / "gqa/images/1.jpg")

    found, heard = records("llava-instruct", tmp_path)

    name = open_source(SourcePlan(layout="llava-instruct", folder=tmp_path)).name
    assert found == [
        Record(f"{name}-0", "instruction", str(one), _conversation()),
        Record(f"{name}-1", "instruction", None, _conversation("Hello", "Good day")),
        Record(f"{name}-2", "instruction", str(two), _conversation()),
    ]
    assert heard.told == []


def test_what_is_wrong_with_llavas_instructions_is_told(tmp_path: Path) -> None:
    entries = [
        {"id": "0", "image": "gone.jpg", "conversations": _said()},
        {"id": "1", "image": "words.jpg", "conversations": _said()},
        {"id": "2", "image": "../out.jpg", "conversations": _said()},
        {"id": "3", "conversations": _said()[:1]},
        {"id": "4", "conversations": [{"from": "system", "value": "x"}, *_said()]},
        {"id": "5"},
        "words",
        {"id": "7", "image": ["a.jpg"], "conversations": _said()},
        {"id": "8", "conversations": _said()},
    ]
    file = write_json(tmp_path / "llava_v1_5_mix665k.json", entries)
    words = no_photo(tmp_path / "words.jpg")
    found, heard = records("llava-instruct", tmp_path)
    assert [record.id.rsplit("-", 1)[1] for record in found] == ["8"]
    assert heard.told == [
        ("missing_file", str(tmp_path / "gone.jpg")),
        ("unreadable_photo", str(words)),
        *(("broken_record", f"{file}#{number}") for number in (2, 3, 4, 5, 6, 7)),
    ]


def _rap(question: str, answer: str, **more: Any) -> dict[str, Any]:
    crop = {"name": "Dior", "info": "A man in an orange shirt.", "category": "person"}
    return {
        "id": 156,
        "image": "refcoco/image/94268.jpg",
        "conversations": _said(f"<image>\n{question}", answer),
        "extra": {"refcoco/crop/94268_0.jpg": crop},
        "type": "basic",
        **more,
    }


def _rap_photos(folder: Path) -> tuple[Path, Path]:
    crop = photo(folder / "refcoco/crop/94268_0.jpg", 20, 30)
    return photo(folder / "refcoco/image/94268.jpg"), crop


def test_raps_own_records_keep_their_references_and_get_our_kinds(tmp_path: Path) -> None:
    asked = [
        ("Does <D> wear shoes?", "Yes.", "question"),
        ("Can you see <Dior> in this photo?", "No, he is not there.", "recognition"),
        ("Is <Dior> shown in the image?", "Yes.", "recognition"),
        ("Give a caption of the image.", "<Dior> plays.", "caption"),
        ("Please describe <Dior>.", "A man.", "description"),
        ("Where is <Dior>?", "At [0.57, 0.67, 0.68, 0.84].", "grounding"),
        ("What does <Dior> hold?", "A frisbee.", "question"),
    ]
    entries = [_rap(question, answer) for question, answer, _ in asked]
    entries.append({"id": 1, "conversations": _said(), "type": "llava"})
    write_json(tmp_path / "rap_train_260k.json", entries)
    image, crop = _rap_photos(tmp_path)

    found, heard = records("rap-260k", tmp_path)

    name = open_source(SourcePlan(layout="rap-260k", folder=tmp_path)).name
    reference = RecordReference(str(crop), "Dior", "A man in an orange shirt.", "person")
    assert found[0] == Record(
        f"{name}-rap_train_260k-0",
        "question",
        str(image),
        _conversation("Does <D> wear shoes?", "Yes."),
        (reference,),
    )
    assert [record.kind for record in found] == [*(kind for _, _, kind in asked), "instruction"]
    assert heard.told == []


def test_raps_files_of_one_kind_are_preferred_and_say_it(tmp_path: Path) -> None:
    _rap_photos(tmp_path)
    write_json(tmp_path / "rap_train_260k.json", [_rap("not read", "at all")])
    write_json(tmp_path / "rap_train_210k.json", [_rap("asked for", "by its split")])
    files = {
        "rap_qa_16k": "question",
        "rap_grounding_100k": "grounding",
        "llava_instruct_67k": "instruction",
        "rap_recognition_40k": "recognition",
    }
    for file in files:
        write_json(tmp_path / f"split/{file}.json", [_rap(file, "yes")])
    found, _ = records("rap-260k", tmp_path)
    assert {record.conversation[0].words: record.kind for record in found} == files
    assert len({record.id for record in found}) == 4
    smaller, _ = records("rap-260k", tmp_path, "train_210k")
    assert [record.conversation[0].words for record in smaller] == ["asked for"]


def test_what_is_wrong_with_raps_records_is_told(tmp_path: Path) -> None:
    image, crop = _rap_photos(tmp_path)
    twice = {
        each: {"name": "a"} for each in ("refcoco/crop/94268_0.jpg", "./refcoco/crop/94268_0.jpg")
    }
    entries = [
        _rap("fine", "yes"),
        _rap("no image", "yes", image="refcoco/image/gone.jpg"),
        _rap("no crop", "yes", extra={"refcoco/crop/gone.jpg": {"name": "a"}}),
        _rap("no name", "yes", extra={"refcoco/crop/94268_0.jpg": {}}),
        _rap("one crop twice", "yes", extra=twice),
        _rap("out", "yes", extra={"../../x.jpg": {"name": "a"}}),
        [],
        {"id": 1},
    ]  # fmt: skip
    file = write_json(tmp_path / "rap_train_260k.json", entries)
    found, heard = records("rap-260k", tmp_path)
    assert [record.conversation[0].words for record in found] == ["fine"]
    assert heard.told == [
        ("missing_file", str(image.with_name("gone.jpg"))),
        ("missing_file", str(crop.with_name("gone.jpg"))),
        *(("broken_record", f"{file}#{number}") for number in (3, 4, 5, 6, 7)),
    ]


def test_shards_of_ours_are_read_with_paths_made_absolute(tmp_path: Path) -> None:
    elsewhere = photo(tmp_path / "elsewhere.jpg")
    folder = tmp_path / "made"
    crop = photo(folder / "crops/1.jpg")
    reference = RecordReference("crops/1.jpg", "Rex", "a dog", "dog")
    kept = Record("a", "caption", str(elsewhere), _conversation(), (reference,))
    lost = Record("b", "caption", "crops/gone.jpg", _conversation())
    out = Record("c", "caption", "../elsewhere.jpg", _conversation())
    with ShardWriter(folder, "plan") as writer:
        for record in (kept, lost, out):
            writer.add(record)
        writer.finish(Skips())
    found, heard = records("records", folder)
    found_reference = RecordReference(str(crop), "Rex", "a dog", "dog")
    assert found == [
        Record("a", "caption", str(elsewhere), _conversation(), (found_reference,)),
    ]
    assert heard.told == [
        ("missing_file", str(folder / "crops/gone.jpg")),
        ("broken_record", "c"),
    ]


def test_shards_that_were_changed_are_no_source(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, "plan") as writer:
        writer.add(Record("a", "caption", None, _conversation()))
        writer.finish(Skips())
    with (tmp_path / "records-00000.jsonl").open("a") as stream:
        stream.write("{}\n")
    with pytest.raises(BadSource, match=r"records-00000\.jsonl: not the file"):
        records("records", tmp_path)


def _own_view(concept_id: int, folder: Path, **more: Any) -> OwnView:
    content = photo(folder / "crop.jpg", 40, 40).read_bytes()
    told: dict[str, Any] = {"name": "Rex", "info": "a dög", "category": "dog", **more}
    return OwnView(concept_id, photo=content, box=told.pop("box", Box.whole()), **told)


def test_what_people_agreed_to_is_written_without_a_trace_of_whose_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "consented"
    scene = photo(tmp_path / "scene.jpg", 90, 80).read_bytes()
    box = Box(0.25, 0.5, 0.75, 1.0)
    exchanges = (Exchange("What is Rex afraid of?", "Of vacuum cleaners."),)
    views = [
        _own_view(771177, tmp_path, scene=scene, box=box, exchanges=exchanges),
        _own_view(881188, tmp_path, name="Tom", category="cat"),
        _own_view(771177, tmp_path),
    ]
    assert write_own(folder, views) == 3
    assert "771177" not in (folder / "views.jsonl").read_text()
    assert folder.stat().st_mode & 0o777 == 0o700

    heard = Heard()
    source = OwnViews("consented", folder, Renaming(1))
    rex = Instance(box, "dog", "0", name="Rex", info="a dög")
    assert list(source.scenes(heard)) == [
        Scene("0/0-scene", folder / "photos/0-scene.jpg", (rex,), is_introduction=True),
        Scene(
            "1/1",
            folder / "photos/1.jpg",
            (Instance(Box.whole(), "cat", "1", name="Tom", info="a dög"),),
            is_introduction=True,
        ),
        Scene(
            "0/2",
            folder / "photos/2.jpg",
            (Instance(Box.whole(), "dog", "0", name="Rex", info="a dög"),),
        ),
    ]
    assert (folder / "photos/0-scene.jpg").read_bytes() == scene
    (record,) = source.records(heard)
    (crop,) = record.references
    asked = _conversation(f"What is {crop.name} afraid of?", "Of vacuum cleaners.")
    assert crop.name != "Rex"
    assert crop == RecordReference(str(folder / "photos/0.jpg"), crop.name, "a dög", "dog")
    assert record == Record("consented-0-0", "question", None, asked, (crop,))
    assert heard.told == []


def test_no_name_that_people_gave_is_in_what_is_made_of_their_questions(tmp_path: Path) -> None:
    exchanges = (
        Exchange("Who is rex?", "<Rex> is your dog, and Rex's bed is red."),
        Exchange("What about Rex?", "Rexy is asleep."),
        Exchange("Whom does Rex like?", "Rex likes Tom."),
        Exchange("What does he eat?", "He eats fish."),
    )
    own = _own_view(1, tmp_path, info="Rex, a corgi.", exchanges=exchanges)
    write_own(tmp_path / "own", [own, _own_view(2, tmp_path, name="Tom")])
    heard = Heard()
    found = list(OwnViews("own", tmp_path / "own", Renaming(1)).records(heard))
    assert [each.id for each in found] == ["own-0-0", "own-0-3"]
    for record in found:
        said = [*(turn.words for turn in record.conversation), record.references[0].info]
        assert not re.search("rex|tom", f"{said} {record.references[0].name}", re.IGNORECASE)
    name = found[0].references[0].name
    assert found[0].conversation[1].words == f"{name} is your dog, and {name}'s bed is red."
    assert found[0].references[0].info == f"{name}, a corgi."
    assert heard.total == 2
    assert {reason for reason, _ in heard.told} == {"broken_record"}


def test_a_folder_of_consented_views_that_was_not_finished_is_no_source(tmp_path: Path) -> None:
    def views() -> Any:
        yield _own_view(1, tmp_path)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_own(tmp_path / "consented", views())
    with pytest.raises(BadSource, match=r"views\.jsonl"):
        OwnViews("consented", tmp_path / "consented", Renaming(1))


def test_what_is_wrong_with_consented_views_is_told(tmp_path: Path) -> None:
    write_own(tmp_path, [_own_view(1, tmp_path), _own_view(2, tmp_path), _own_view(3, tmp_path)])
    file = tmp_path / "views.jsonl"
    one, two, three = file.read_text().splitlines()
    broken = {**json.loads(two), "scene": "photos/2.jpg", "box": [0, 0, 9, 9], "exchanges": [{}]}
    file.write_text("\n".join([one, "{", json.dumps(broken), "[]", three]))
    (tmp_path / "photos/0.jpg").unlink()
    source = OwnViews("consented", tmp_path, Renaming(1))

    heard = Heard()
    assert [scene.id for scene in source.scenes(heard)] == ["2/2"]
    assert heard.told == [
        ("missing_file", str(tmp_path / "photos/0.jpg")),
        *(("broken_annotation", f"{file}#{line}") for line in (2, 3, 4)),
    ]
    heard = Heard()
    assert list(source.records(heard)) == []
    assert heard.told == [
        ("broken_annotation", f"{file}#2"),
        ("broken_record", f"{file}#3"),
        ("broken_record", f"{file}#4"),
    ]


@pytest.mark.parametrize(
    ("folder", "split", "name"),
    [
        ("refcoco", "train", "refcoco"),
        ("RefCOCO+", "train", "refcoco-refcoco+"),
        ("refcocog", "val", "refcoco-refcocog-val"),
        ("My Data/../x y", "testA", "refcoco-x-y-testa"),
    ],
)
def test_two_sources_of_one_layout_have_names_of_their_own(
    tmp_path: Path, folder: str, split: str, name: str
) -> None:
    place = (tmp_path / folder).resolve()
    (place / "train2014").mkdir(parents=True)
    write_json(place / "instances.json", {})
    write_json(place / "refs(umd).json", [])
    assert open_source(SourcePlan(layout="refcoco", folder=place, split=split)).name == name
