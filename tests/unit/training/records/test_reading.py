"""Files of others are read an entry at a time, whatever their size."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from rap_engine.training.records import json_stream
from rap_engine.training.records.json_stream import BrokenJson, read_array, read_arrays
from rap_engine.training.records.reading import read_entries, read_records

VALUES: list[Any] = [
    {"a": [1, {"b": ']},\\"\\'}], "c": None},
    *(-12.5e-3, 0, 123456789, True, None),
    *("x,y", [], {}, "🐻 é"),
]


def _array(file: Path) -> list[Any]:
    return list(read_array(file))


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("indent", [None, 1])
def test_an_array_is_read_the_same_in_chunks_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, indent: int | None
) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK_CHARS", chunk)
    file = tmp_path / "array.json"
    file.write_text(json.dumps(VALUES, indent=indent, ensure_ascii=False), "utf-8")
    assert _array(file) == VALUES
    whole = {"n": 12.25, "skipped": VALUES, "o": {"x": [1]}, "wanted": VALUES, "none": []}
    file.write_text(json.dumps(whole, indent=indent), "utf-8-sig")
    assert list(read_arrays(file, ("wanted", "none"))) == [("wanted", value) for value in VALUES]


@pytest.mark.parametrize("said", [" [] ", "\ufeff[]", "[\n]"])
def test_an_empty_array_has_nothing(tmp_path: Path, said: str) -> None:
    file = tmp_path / "array.json"
    file.write_text(said, "utf-8")
    assert _array(file) == []


@pytest.mark.parametrize(
    "said", ["", "{}", "[1", "[1,", "[1 2]", "[1,]", '["x', "[{]", "[nope]", "[" + "[" * 200_000]
)
def test_what_is_no_array_is_told(tmp_path: Path, said: str) -> None:
    file = tmp_path / "array.json"
    file.write_text(said)
    with pytest.raises(BrokenJson):
        _array(file)


def test_text_of_another_encoding_is_told(tmp_path: Path) -> None:
    file = tmp_path / "array.json"
    file.write_bytes('["é"]'.encode("latin-1"))
    with pytest.raises(BrokenJson, match="not UTF-8"):
        _array(file)


def test_a_missing_bracket_does_not_have_the_rest_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK_CHARS", 100)
    monkeypatch.setattr(json_stream, "_MOST_CHARS", 1000)
    file = tmp_path / "array.json"
    file.write_text('[{"a": [1, ' + '{"b": 1}, ' * 10_000)
    with pytest.raises(BrokenJson, match="1000 characters"):
        _array(file)


def test_little_of_a_large_file_is_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "array.json"
    entry = json.dumps({"id": 1, "words": "w" * 1000})
    file.write_text("[" + ", ".join([entry] * 20_000) + "]")
    assert file.stat().st_size > 20_000_000
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_array(file)) == 20_000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8_000_000


def _entry(name: str) -> dict[str, Any]:
    said = [{"from": "human", "value": "<image>\nWho?"}, {"from": "gpt", "value": name}]
    return {"id": name, "image": "a.jpg", "conversations": said, "type": "question"}


def test_records_are_read_from_an_array_and_what_is_none_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps([_entry("a"), {"id": "b"}, 7, _entry("c")])[:-1] + ", {")
    told: list[str] = []
    found = list(read_records(file, lambda where, _detail: told.append(where)))
    assert [(where, record.id) for where, record in found] == [
        (f"{file}#0", "a"),
        (f"{file}#3", "c"),
    ]
    assert told == [f"{file}#1", f"{file}#2", f"{file}#4"]


def test_records_are_read_from_lines_and_a_broken_one_spoils_no_other(tmp_path: Path) -> None:
    lines = [
        json.dumps(_entry("a")),
        "",
        "{",
        "\xff",
        json.dumps({"id": "b"}),
        json.dumps(_entry("c")),
    ]
    file = tmp_path / "a.jsonl"
    file.write_bytes("\n".join(lines).encode("latin-1"))
    told: list[str] = []
    found = list(read_records(file, lambda where, _detail: told.append(where)))
    assert [(where, record.id) for where, record in found] == [
        (f"{file}#1", "a"),
        (f"{file}#6", "c"),
    ]
    assert told == [f"{file}#3", f"{file}#4", f"{file}#5"]


def test_what_is_prepared_is_what_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps([_entry("a"), _entry("b")]))

    def prepare(number: int, entry: Any) -> Any:
        return {**entry, "id": f"x-{number}"}

    found = read_records(file, lambda _where, _detail: None, prepare)
    assert [record.id for _, record in found] == ["x-0", "x-1"]


@pytest.mark.parametrize("said", ["[7, 8]", " \n[7,8]", "\ufeff[7, 8]"])
def test_an_array_is_told_from_lines_by_its_first_character(tmp_path: Path, said: str) -> None:
    file = tmp_path / "a"
    file.write_text(said, "utf-8")
    assert list(read_entries(file, lambda _where, _detail: None)) == [(0, 7), (1, 8)]


def test_an_empty_file_has_no_entries(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()
    assert list(read_entries(file, lambda _where, _detail: None)) == []
