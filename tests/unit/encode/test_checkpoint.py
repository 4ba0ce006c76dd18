"""A checkpoint is read without running any of it."""

import io
import pickle
import struct
from collections import OrderedDict

import numpy as np
import pytest

from rap_engine.encode.checkpoint import CheckpointUnreadable, read_checkpoint
from rap_engine.encode.lite0 import WEIGHTS

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


class Evil:
    """What a hostile checkpoint would run when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('the pickle was run')",)


def _checkpoint(state: object) -> io.BytesIO:
    parts = (MAGIC, PROTOCOL, {"little_endian": True}, state, [])
    return io.BytesIO(b"".join(pickle.dumps(part, protocol=2) for part in parts))


def test_the_packaged_parameters_are_read() -> None:
    with WEIGHTS.locate().open("rb") as file:
        parameters = read_checkpoint(file)
    assert parameters["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert parameters["_conv_head.weight"].shape == (1280, 320, 1, 1)
    assert all(np.isfinite(array).all() for array in parameters.values())
    # ImageNet filters, not noise and not zeros.
    assert 0.05 < parameters["_conv_stem.weight"].std() < 2.0


def test_a_pickle_that_calls_something_is_refused_and_not_run() -> None:
    with pytest.raises(CheckpointUnreadable, match="exec"):
        read_checkpoint(_checkpoint(OrderedDict(weight=Evil())))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x80\x02.", b"PK\x03\x04", pickle.dumps(MAGIC, 2), struct.pack("<q", 5)],
    ids=["empty", "no value", "zip", "cut off", "no pickle"],
)
def test_what_is_no_such_checkpoint_is_refused(content: bytes) -> None:
    with pytest.raises(CheckpointUnreadable):
        read_checkpoint(io.BytesIO(content))


def test_a_checkpoint_that_ends_within_a_storage_is_refused() -> None:
    whole = WEIGHTS.locate().read_bytes()
    with pytest.raises(CheckpointUnreadable):
        read_checkpoint(io.BytesIO(whole[: len(whole) // 2]))
