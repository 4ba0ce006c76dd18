"""Weights are read from any files of a folder and written in pieces."""

import json
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from rap_engine.checkpoints.errors import ConversionFailed, DiskFull
from rap_engine.checkpoints.files import check_room, write_whole
from rap_engine.checkpoints.folder import open_weights, write_shards
from rap_engine.checkpoints.llava.rows import with_rows
from rap_engine.checkpoints.safetensors_file import Stream, open_safetensors, write_safetensors
from rap_engine.checkpoints.tensors import TensorInfo
from rap_engine.checkpoints.torch_file import CheckpointUnreadable

TENSORS = {
    "a": torch.arange(6, dtype=torch.float32).reshape(2, 3),
    "b": torch.arange(4).bfloat16(),
    "c": torch.tensor(3),
    "d": torch.empty(0, 2),
}


def _copy(source: Path, target: Path, shard_bytes: int = 1 << 30) -> None:
    target.mkdir()
    with open_weights(source) as weights:
        streams = [weights.stream(name, f"new.{name}") for name in weights.tensors]
        write_shards(target, streams, lambda _size: None, shard_bytes)


def _assert_copied(target: Path, found: dict[str, torch.Tensor]) -> None:
    assert {name: tensor.dtype for name, tensor in found.items()} == {
        f"new.{name}": tensor.dtype for name, tensor in TENSORS.items()
    }
    assert all(torch.equal(found[f"new.{name}"], tensor) for name, tensor in TENSORS.items())


@pytest.mark.parametrize("form", ["bin", "safetensors"])
def test_a_file_is_copied_under_new_names(form: str, tmp_path: Path) -> None:
    if form == "bin":
        torch.save(TENSORS, tmp_path / "pytorch_model.bin")
    else:
        save_file(TENSORS, tmp_path / "model.safetensors")

    _copy(tmp_path, tmp_path / "out")

    _assert_copied(tmp_path / "out", load_file(tmp_path / "out" / "model.safetensors"))


def test_shards_are_small_and_their_index_names_every_tensor(tmp_path: Path) -> None:
    torch.save(TENSORS, tmp_path / "pytorch_model.bin")

    _copy(tmp_path, tmp_path / "out", shard_bytes=25)

    index = json.loads((tmp_path / "out" / "model.safetensors.index.json").read_text())
    assert index["weight_map"] == {
        "new.a": "model-00001-of-00002.safetensors",
        "new.b": "model-00002-of-00002.safetensors",
        "new.c": "model-00002-of-00002.safetensors",
        "new.d": "model-00002-of-00002.safetensors",
    }
    assert index["metadata"]["total_size"] == 24 + 8 + 8
    found: dict[str, torch.Tensor] = {}
    for name in sorted(set(index["weight_map"].values())):
        found |= load_file(tmp_path / "out" / name)
    _assert_copied(tmp_path / "out", found)


def test_a_large_model_passes_through_little_memory(tmp_path: Path) -> None:
    size = 48 << 20
    rows = size // 4 // 1024
    both = {"w": torch.ones(rows, 1024), "v": torch.ones(rows, 1024)}
    torch.save(both, tmp_path / "pytorch_model.bin")
    (tmp_path / "out").mkdir()

    tracemalloc.start()
    with open_weights(tmp_path) as weights:
        streams = [with_rows(weights, "w", "w", rows + 1), weights.stream("v", "v")]
        write_shards(tmp_path / "out", streams, lambda _size: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < size / 2
    with safe_open(tmp_path / "out" / "model.safetensors", "pt") as file:
        assert file.get_slice("w").get_shape() == [rows + 1, 1024]


def test_safetensors_are_preferred_to_bin(tmp_path: Path) -> None:
    torch.save({"old": torch.ones(1)}, tmp_path / "pytorch_model.bin")
    save_file({"new": torch.ones(1)}, tmp_path / "model.safetensors")
    with open_weights(tmp_path) as weights:
        assert list(weights.tensors) == ["new"]


def test_a_folder_without_weights_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConversionFailed, match="has no weights"), open_weights(tmp_path):
        pass


@pytest.mark.parametrize(
    ("index", "why"),
    [
        ({"weight_map": {"a": "gone.safetensors"}}, "names gone.safetensors, which is not"),
        ({"weight_map": {"a": "../b.safetensors"}}, "which is not in the folder"),
        ({"weight_map": ["a"]}, "not an index"),
        ([], "not an index"),
    ],
)
def test_an_index_that_names_what_is_not_there_is_refused(
    index: Any, why: str, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    save_file({"a": torch.ones(1)}, tmp_path / "b.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ConversionFailed, match=why), open_weights(folder):
        pass


def test_a_tensor_in_two_files_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.ones(1)}, tmp_path / "1.safetensors")
    save_file({"a": torch.ones(1), "b": torch.ones(1)}, tmp_path / "2.safetensors")
    places = {"a": "1.safetensors", "b": "2.safetensors"}
    index = json.dumps({"weight_map": places})
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(ConversionFailed, match="a is in two files"), open_weights(tmp_path):
        pass


@pytest.mark.parametrize(
    "header",
    [
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 12]}},
        {"a": {"dtype": "F32", "shape": [1 << 60], "data_offsets": [0, 1 << 62]}},
        {"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}},
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}},
        {"a": {"dtype": "F99", "shape": [2], "data_offsets": [0, 8]}},
        {"a": {"dtype": "F32", "shape": [2.0], "data_offsets": [0, 8]}},
        {"a": {"dtype": "F32", "shape": [2]}},
        {"a": []},
        [],
    ],
)
def test_safetensors_that_lie_about_themselves_are_refused(header: Any, tmp_path: Path) -> None:
    text = json.dumps(header).encode()
    (tmp_path / "a").write_bytes(struct.pack("<Q", len(text)) + text + bytes(8))
    with pytest.raises(CheckpointUnreadable), open_safetensors(tmp_path / "a"):
        pass


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, struct.pack("<Q", 2) + b"{]", bytes(8)])
def test_what_is_no_safetensors_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(CheckpointUnreadable), open_safetensors(tmp_path / "a"):
        pass


def test_a_stream_that_gives_too_little_is_noticed(tmp_path: Path) -> None:
    short = Stream("a", TensorInfo("F32", (2,)), lambda: iter([b"1234"]))
    with pytest.raises(ConversionFailed, match="a gave 4 bytes, not the 8"):
        write_safetensors(tmp_path / "a", [short], lambda _size: None)


def test_a_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise ConversionFailed("in the middle")

    target = tmp_path / "target"
    with pytest.raises(ConversionFailed):
        write_whole(target, fail)
    assert list(tmp_path.iterdir()) == []

    write_whole(target, lambda folder: (folder / "a").write_text("old") and None)
    with pytest.raises(ConversionFailed):
        write_whole(target, fail)
    assert [path.name for path in target.iterdir()] == ["a"]


def test_a_disk_that_fills_up_is_told(tmp_path: Path) -> None:
    def fill(_folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(DiskFull, match="The disk is full"):
        write_whole(tmp_path / "target", fill)
    with pytest.raises(DiskFull, match=r"needs 1000000000\.0 GB"):
        check_room(tmp_path / "not" / "there", 10**18)
