"""What torch.save wrote is read without running any of it."""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rap_engine.checkpoints.torch_file import (
    CheckpointUnreadable,
    open_modules,
    open_state,
    read_checkpoint,
)
from rap_engine.checkpoints.torch_file.opening import read_file
from rap_engine.checkpoints.torch_file.vocabulary import StateNames
from rap_engine.encode.lite0 import WEIGHTS

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
WHOLE = torch.arange(24, dtype=torch.float32).reshape(4, 6)
TENSORS = {
    "f32": WHOLE,
    "f16": WHOLE.half(),
    "bf16": WHOLE.bfloat16(),
    "f64": WHOLE.double(),
    "i64": WHOLE.long(),
    "i32": WHOLE.int(),
    "i16": WHOLE.short(),
    "i8": WHOLE.char(),
    "u8": WHOLE.byte(),
    "bool": WHOLE > 5,
    "number": torch.tensor(7),
    "empty": torch.empty(0, 3),
    "row": WHOLE[2],
    "transposed": WHOLE.T,
    "column": WHOLE[:, 1],
    "parameter": torch.nn.Parameter(WHOLE.clone()),
}


class Evil:
    """What a hostile checkpoint would run when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('the pickle was run')",)


def _old(state: object) -> io.BytesIO:
    parts = (MAGIC, PROTOCOL, {"little_endian": True}, state, [])
    return io.BytesIO(b"".join(pickle.dumps(part, protocol=2) for part in parts))


def _zipped(path: Path, pickled: bytes, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        for key, data in entries.items():
            archive.writestr(f"archive/data/{key}", data)
    return path


@dataclass(frozen=True)
class Claim:
    """A tensor that a file says it has; any of it may be a lie."""

    count: Any = 6
    offset: Any = 0
    shape: Any = (2, 3)
    strides: Any = (3, 1)
    key: Any = "0"

    def __reduce__(self) -> tuple[Any, ...]:
        rest = (self.offset, self.shape, self.strides, False, OrderedDict())
        return torch._utils._rebuild_tensor_v2, (StorageOf(self), *rest)


@dataclass(frozen=True)
class StorageOf:
    claim: Claim


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        if not isinstance(obj, StorageOf):
            return None
        return "storage", torch.FloatStorage, obj.claim.key, "cpu", obj.claim.count


def _pickled(value: object) -> bytes:
    written = io.BytesIO()
    _Pickler(written, protocol=2).dump(value)
    return written.getvalue()


def _bytes(tensor: torch.Tensor) -> bytes:
    return tensor.detach().contiguous().flatten().view(torch.uint8).numpy().tobytes()


@pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "old"])
def test_tensors_of_all_formats_and_views_are_read(is_zip: bool, tmp_path: Path) -> None:
    torch.save(TENSORS, tmp_path / "a.bin", _use_new_zipfile_serialization=is_zip)

    with open_state(tmp_path / "a.bin") as file:
        assert list(file.tensors) == list(TENSORS)
        for name, tensor in TENSORS.items():
            assert file.tensors[name].shape == tuple(tensor.shape)
            assert b"".join(file.chunks(name)) == _bytes(tensor), name


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_all_pickle_protocols_of_torch_save_are_read(protocol: int, tmp_path: Path) -> None:
    torch.save(TENSORS, tmp_path / "a.bin", pickle_protocol=protocol)
    with open_state(tmp_path / "a.bin") as file:
        assert b"".join(file.chunks("f32")) == _bytes(WHOLE)


def test_pieces_are_as_small_as_asked_for(tmp_path: Path) -> None:
    torch.save(TENSORS, tmp_path / "a.bin")
    with open_state(tmp_path / "a.bin") as file:
        for name in ("f32", "transposed"):
            pieces = list(file.chunks(name, 10))
            assert max(map(len, pieces)) == 10
            assert b"".join(pieces) == _bytes(TENSORS[name])


def test_arrays_come_out_for_models_that_run_without_torch() -> None:
    with WEIGHTS.locate().open("rb") as file:
        parameters = read_checkpoint(file)
    assert parameters["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert parameters["_conv_head.weight"].shape == (1280, 320, 1, 1)
    assert all(np.isfinite(array).all() for array in parameters.values())
    # ImageNet filters, not noise and not zeros.
    assert 0.05 < parameters["_conv_stem.weight"].std() < 2.0


def test_numbers_that_numpy_lacks_are_no_arrays() -> None:
    file = io.BytesIO()
    torch.save({"w": torch.ones(1, dtype=torch.bfloat16)}, file)
    file.seek(0)
    with pytest.raises(CheckpointUnreadable, match="BF16"):
        read_checkpoint(file)


@pytest.mark.parametrize("opened", [open_state, open_modules])
@pytest.mark.parametrize(
    "evil",
    [b"cos\nsystem\n(S'touch ran'\ntR.", pickle.dumps(Evil(), 2), pickle.dumps(Evil(), 4)],
    ids=["os.system", "exec", "exec by the stack"],
)
def test_a_pickle_that_would_run_something_is_refused_and_not_run(
    opened: Any, evil: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = _zipped(tmp_path / "evil.bin", evil)
    with pytest.raises(CheckpointUnreadable, match="refers to"), opened(path):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["evil.bin"]


def test_the_old_layout_refuses_what_would_run_something() -> None:
    with pytest.raises(CheckpointUnreadable, match="exec"):
        read_checkpoint(_old(OrderedDict(weight=Evil())))


def test_objects_of_modules_are_described_and_never_made(tmp_path: Path) -> None:
    class_of_a_file = b"cultralytics.nn.tasks\nNoSuchModel\n)R}(X\x01\x00\x00\x00aK\x01ub"
    path = _zipped(tmp_path / "a.pt", b"\x80\x02}X\x05\x00\x00\x00model" + class_of_a_file + b"s.")
    with open_modules(path) as file:
        assert file.tensors == {}


def test_a_module_inside_itself_is_refused(tmp_path: Path) -> None:
    model = torch.nn.Module()
    model._modules["model"] = model
    torch.save({"model": model}, tmp_path / "a.pt")
    with (
        pytest.raises(CheckpointUnreadable, match="without an end"),
        open_modules(tmp_path / "a.pt"),
    ):
        pass


@pytest.mark.parametrize(
    "claim",
    [
        Claim(offset=1),
        Claim(shape=(2, 4)),
        Claim(strides=(4, 1)),
        Claim(shape=(1 << 40, 1 << 40), strides=(0, 0)),
        Claim(shape=(7,), strides=(0,)),
        Claim(offset=-1),
        Claim(shape=(-2, -3)),
        Claim(shape=(2.0, 3)),
        Claim(shape="ab"),
        Claim(strides=(3,)),
        Claim(shape=(1,) * 1000, strides=(1,) * 1000),
        Claim(count=1 << 60, shape=(1 << 60,), strides=(1,)),
        Claim(count=7),
        Claim(count=5),
        Claim(count="6"),
        Claim(key="1"),
        Claim(key="../data.pkl"),
        Claim(key=3),
    ],
    ids=str,
)
def test_sizes_and_places_that_cannot_be_are_refused(claim: Claim, tmp_path: Path) -> None:
    path = _zipped(tmp_path / "a.bin", _pickled({"w": claim}), **{"0": bytes(24)})
    with pytest.raises(CheckpointUnreadable), open_state(path):
        pass


def test_the_same_claim_told_truly_is_read(tmp_path: Path) -> None:
    path = _zipped(tmp_path / "a.bin", _pickled({"w": Claim()}), **{"0": bytes(range(24))})
    with open_state(path) as file:
        assert b"".join(file.chunks("w")) == bytes(range(24))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x80\x02.", b"PK\x03\x04", pickle.dumps(MAGIC, 2), struct.pack("<q", 5)],
    ids=["empty", "no value", "zip", "cut off", "no pickle"],
)
def test_what_is_no_checkpoint_is_refused(content: bytes) -> None:
    with pytest.raises(CheckpointUnreadable):
        read_checkpoint(io.BytesIO(content))


@pytest.mark.parametrize(
    "pickled",
    [
        b"\x80\x02]q\x00" + b"\x86" * 3 + b".",
        b"\x80\x02" + b"]q\x00h\x00\x86" * 200 + b".",
        b"\x80\x02}(]]u.",
        b"\x80\x02K\x01}b.",
        b"\x80\x02h\x09.",
        b"\x80\x04\x8d" + struct.pack("<Q", 1 << 62) + b"x.",
        b"\x80\x02\x8b" + struct.pack("<i", 1 << 30) + b"x.",
        b"\x80\x02K\x01Q.",
        b"\x80\x02}",
        b"\x80\x02a.",
        b"\x80\x02K\x01",
        b"I1\n.",
    ],
)
def test_malformed_pickles_are_refused(pickled: bytes, tmp_path: Path) -> None:
    with pytest.raises(CheckpointUnreadable), open_state(_zipped(tmp_path / "a.bin", pickled)):
        pass


def test_keys_whose_hash_would_take_for_ever_are_refused(tmp_path: Path) -> None:
    # ((1, 1), (1, 1)) and so on, sixty times: a hash of 2 ** 60 steps.
    nested = b"K\x01q\x00" + b"".join(b"h%ch%c\x86q%c" % (n, n, n + 1) for n in range(60))
    path = _zipped(tmp_path / "a.bin", b"\x80\x02" + nested + b"}h\x3cK\x01s.")
    with pytest.raises(CheckpointUnreadable, match="key of the type tuple"), open_state(path):
        pass


def _named(name: str) -> bytes:
    return b"X" + struct.pack("<I", len(name)) + name.encode()


_SET, _MODULE = b"c__builtin__\nset\n", b"ctorch\nM\n"
_LONG_LIST = b"](" + b"N" * 10_000 + b"eq\x00"
_LARGE_TABLE = b"}(" + b"".join(_named(f"{n}") + b"N" for n in range(10_000)) + b"uq\x00"


@pytest.mark.parametrize(
    "copied",
    [
        _LONG_LIST + (_SET + b"h\x00\x85R") * 200,
        _LARGE_TABLE + (_MODULE + b")Rh\x00b") * 200,
        _LARGE_TABLE + (_MODULE + b")Rh\x00h\x00\x86b") * 100,
    ],
    ids=["sets", "objects", "objects in two parts"],
)
def test_what_is_copied_without_an_end_is_refused(copied: bytes, tmp_path: Path) -> None:
    path = _zipped(tmp_path / "a.pt", b"\x80\x02" + copied + b".")
    with pytest.raises(CheckpointUnreadable, match="copied without an end"), open_modules(path):
        pass


def _nested(modules: int = 1, parameters: int = 1, module: str = "m", name: str = "w") -> object:
    """Return a checkpoint of one module under many names, and one parameter of many names in it."""
    leaf, root = torch.nn.Module(), torch.nn.Module()
    weight = torch.nn.Parameter(torch.zeros(1))
    leaf._parameters = {f"{name}{number}": weight for number in range(parameters)}
    root._modules = {f"{module}{number}": leaf for number in range(modules)}
    return {"model": root}


@pytest.mark.parametrize(
    "checkpoint",
    [_nested(300, 400), _nested(module="m" * 2000), _nested(name="w" * 2000)],
    ids=["tensors", "a module's name", "a parameter's name"],
)
def test_names_without_an_end_are_refused(checkpoint: object, tmp_path: Path) -> None:
    torch.save(checkpoint, tmp_path / "a.pt")
    with (
        pytest.raises(CheckpointUnreadable, match="without an end"),
        open_modules(tmp_path / "a.pt"),
    ):
        pass


def test_a_parameter_in_several_modules_is_read_under_each_name(tmp_path: Path) -> None:
    torch.save(_nested(2, 2), tmp_path / "a.pt")
    with open_modules(tmp_path / "a.pt") as file:
        assert list(file.tensors) == ["m0.w0", "m0.w1", "m1.w0", "m1.w1"]


def test_a_pickle_that_takes_more_memory_than_there_is_is_refused(tmp_path: Path) -> None:
    def full(_: object) -> dict[str, Any]:
        raise MemoryError

    path = _zipped(tmp_path / "a.pt", pickle.dumps({}, 2))
    with path.open("rb") as file, pytest.raises(CheckpointUnreadable, match="more memory"):
        read_file(file, StateNames(), full)


def test_a_checkpoint_that_ends_within_a_storage_is_refused() -> None:
    whole = WEIGHTS.locate().read_bytes()
    with pytest.raises(CheckpointUnreadable):
        read_checkpoint(io.BytesIO(whole[: len(whole) // 2]))


def test_bytes_that_were_changed_are_noticed(tmp_path: Path) -> None:
    torch.save({"w": torch.full((1000,), 3.25)}, tmp_path / "a.bin")
    data = bytearray((tmp_path / "a.bin").read_bytes())
    data[data.index(struct.pack("<f", 3.25) * 8) + 400] ^= 1
    (tmp_path / "a.bin").write_bytes(data)
    with (
        pytest.raises(CheckpointUnreadable, match="CRC"),
        open_state(tmp_path / "a.bin") as file,
    ):
        list(file.chunks("w"))


def test_compressed_entries_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.bin", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}, 2))
    with (
        pytest.raises(CheckpointUnreadable, match="not stored as it is"),
        open_state(tmp_path / "a.bin"),
    ):
        pass


def test_numbers_of_a_big_endian_machine_are_refused(tmp_path: Path) -> None:
    path = _zipped(tmp_path / "a.bin", pickle.dumps({}, 2))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("archive/byteorder", b"big")
    with pytest.raises(CheckpointUnreadable, match="big-endian"), open_state(path):
        pass
