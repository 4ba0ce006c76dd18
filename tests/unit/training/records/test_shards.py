"""Records go to disk one at a time, in whole files, and come back by their number."""

import hashlib
import json
import pickle
from pathlib import Path

import pytest

from rap_engine.training.records import (
    BadRecord,
    Manifest,
    Record,
    RecordReference,
    Said,
    ShardedRecords,
    ShardWriter,
    shards,
)
from rap_engine.training.records.record import Kind
from rap_engine.training.skips import Skips


def _record(number: int, kind: Kind = "caption", words: str = "Ein Bär: 熊, 🐻") -> Record:
    said = (Said("human", words), Said("gpt", f"answer {number}"))
    reference = RecordReference(f"crops/{number}.jpg", "Rex", "a dog\nof ours", "dog")
    return Record(f"record-{number}", kind, f"photos/{number}.jpg", said, (reference,))


def _write(folder: Path, records: list[Record], a_shard: int = 3) -> Manifest:
    with ShardWriter(folder, "the plan's hash", a_shard) as writer:
        for record in records:
            writer.add(record)
        return writer.finish(Skips())


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7])
def test_records_come_back_as_they_were_by_number_and_in_order(tmp_path: Path, count: int) -> None:
    written = [_record(number) for number in range(count)]
    _write(tmp_path, written)
    read = ShardedRecords(tmp_path)
    assert len(read) == count
    assert [read[number] for number in range(count)] == written
    assert [read[-1 - number] for number in range(count)] == written[::-1]
    assert list(read) == written
    for outside in (count, -count - 1):
        with pytest.raises(IndexError):
            read[outside]
    names = [f"records-{number:05d}.jsonl" for number in range((count + 2) // 3)]
    assert _names(tmp_path) == [*names, "records.json"]


def test_the_manifest_says_what_there_is(tmp_path: Path) -> None:
    skips = Skips()
    skips.note("tao", "missing_file", "a.jpg")
    with ShardWriter(tmp_path, "the plan's hash", 2) as writer:
        for number, kind in enumerate(("caption", "grounding", "caption")):
            writer.add(_record(number, kind))
        manifest = writer.finish(skips)
    said = json.loads((tmp_path / "records.json").read_text())
    hashes = [
        hashlib.sha256((tmp_path / f"records-0000{number}.jsonl").read_bytes()).hexdigest()
        for number in range(2)
    ]
    assert said == {
        "records": 3,
        "kinds": {"caption": 2, "grounding": 1},
        "shards": [
            {"file": "records-00000.jsonl", "records": 2, "sha256": hashes[0]},
            {"file": "records-00001.jsonl", "records": 1, "sha256": hashes[1]},
        ],
        "skips": {"tao": {"missing_file": 1}},
        "plan_hash": "the plan's hash",
        "data_hash": hashlib.sha256("".join(hashes).encode()).hexdigest(),
    }
    assert Manifest.read(tmp_path) == manifest == ShardedRecords(tmp_path).manifest


def test_the_data_hash_is_of_the_records(tmp_path: Path) -> None:
    first = _write(tmp_path / "a", [_record(1), _record(2)])
    assert _write(tmp_path / "b", [_record(1), _record(2)]).data_hash == first.data_hash
    assert _write(tmp_path / "c", [_record(2), _record(1)]).data_hash != first.data_hash


def test_a_writer_that_is_stopped_leaves_no_manifest_and_no_half_shard(tmp_path: Path) -> None:
    _write(tmp_path, [_record(number) for number in range(9)])
    with pytest.raises(KeyboardInterrupt), ShardWriter(tmp_path, "plan", 2) as writer:
        for number in range(3):
            writer.add(_record(number))
        raise KeyboardInterrupt
    assert _names(tmp_path) == ["records-00000.jsonl"]
    with pytest.raises(BadRecord, match=r"records\.json: missing"):
        ShardedRecords(tmp_path)


def test_a_shard_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, "plan", 2) as writer:
        writer.add(_record(0))
        assert _names(tmp_path) == ["records-00000.jsonl.part"]
        writer.add(_record(1))
        assert _names(tmp_path) == ["records-00000.jsonl"]


def test_writing_again_leaves_nothing_of_before(tmp_path: Path) -> None:
    _write(tmp_path, [_record(number) for number in range(9)])
    (tmp_path / "records-00007.jsonl.part").touch()
    (tmp_path / "other").touch()
    _write(tmp_path, [_record(0)])
    assert _names(tmp_path) == ["other", "records-00000.jsonl", "records.json"]


def test_a_broken_line_is_told_with_its_file_and_number(tmp_path: Path) -> None:
    _write(tmp_path, [_record(number) for number in range(5)])
    read = ShardedRecords(tmp_path)
    file = tmp_path / "records-00001.jsonl"
    content = file.read_bytes()
    second = content.index(b"\n") + 1
    file.write_bytes(content[:second] + b"#" + content[second + 1 :])
    assert read[3] == _record(3)
    with pytest.raises(BadRecord, match=r"records-00001\.jsonl#2"):
        read[4]
    with pytest.raises(BadRecord, match=r"records-00001\.jsonl#2"):
        list(read)


@pytest.mark.parametrize("change", [b"", b"{}\n", None])
def test_shards_that_are_not_what_the_manifest_names_are_refused(
    tmp_path: Path, change: bytes | None
) -> None:
    _write(tmp_path, [_record(0)])
    file = tmp_path / "records-00000.jsonl"
    file.unlink() if change is None else file.write_bytes(change)
    with pytest.raises(BadRecord, match=r"records-00000\.jsonl: "):
        ShardedRecords(tmp_path)


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", "null", '{"shards": [{"file": "records-00000.jsonl"}]}']
)
def test_a_manifest_of_another_form_is_refused(tmp_path: Path, said: str) -> None:
    (tmp_path / "records.json").write_text(said)
    with pytest.raises(BadRecord, match=r"no manifest of records"):
        ShardedRecords(tmp_path)


def test_a_shard_outside_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    _write(folder, [_record(0)])
    (folder / "records-00000.jsonl").rename(tmp_path / "records-00000.jsonl")
    manifest = folder / "records.json"
    manifest.write_text(manifest.read_text().replace("records-0", "../records-0"))
    with pytest.raises(BadRecord, match=r"no manifest of records"):
        ShardedRecords(folder)


def test_a_shard_is_indexed_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "_CHUNK_BYTES", 100)
    written = [_record(number) for number in range(5)]
    _write(tmp_path, written, a_shard=5)
    read = ShardedRecords(tmp_path)
    assert [read[number] for number in range(5)] == written


def test_it_can_be_handed_to_another_process(tmp_path: Path) -> None:
    _write(tmp_path, [_record(number) for number in range(4)])
    read = ShardedRecords(tmp_path)
    assert read[0] == _record(0)
    assert pickle.loads(pickle.dumps(read))[3] == _record(3)  # noqa: S301 - made here


def test_words_that_cannot_be_encoded_do_not_stop_a_run(tmp_path: Path) -> None:
    _write(tmp_path, [_record(0, words="half a pair: \ud83d")])
    assert ShardedRecords(tmp_path)[0].conversation[0].words == "half a pair: ?"
