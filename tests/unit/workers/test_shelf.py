"""An adapter is copied into the weights folder whole or not at all, and never over another."""

import errno
from pathlib import Path
from typing import NoReturn

import pytest

from rap_engine.checkpoints.errors import DiskFull
from rap_engine.checkpoints.store import WeightsStore
from workers.runs.refusals import AdapterKnown
from workers.runs.shelf import shelve

WEIGHTS = "adapter_model.safetensors"


@pytest.fixture
def store(tmp_path: Path) -> WeightsStore:
    return WeightsStore(tmp_path / "weights")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    for name in ("adapter_config.json", WEIGHTS, "optimizer.pt"):
        (folder / name).write_text(name)
    return folder


def test_an_adapter_is_copied_without_what_it_does_not_need(
    store: WeightsStore, made: Path
) -> None:
    left_over = store.adapters / ".incoming" / "ours"
    left_over.mkdir(parents=True)
    (left_over / "part").touch()
    shelve(store, made, "ours")
    assert store.adapter_names() == ["ours"]
    found = sorted(file.name for file in (store.adapters / "ours").iterdir())
    assert found == ["adapter_config.json", WEIGHTS]


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, DiskFull), (errno.EIO, OSError)], ids=["full", "broken"]
)
def test_a_copy_that_breaks_off_is_no_adapter(
    store: WeightsStore,
    made: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    error: type[Exception],
) -> None:
    def broken(*_: object) -> NoReturn:
        raise OSError(number, "the disk")

    with monkeypatch.context() as patched:
        patched.setattr("workers.runs.shelf.shutil.copyfile", broken)
        with pytest.raises(error):
            shelve(store, made, "ours")
    assert store.adapter_names() == []
    shelve(store, made, "ours")
    assert store.adapter_names() == ["ours"]


def test_a_disk_without_room_is_told_before_anything_is_copied(
    store: WeightsStore, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rap_engine.checkpoints.files._RESERVE", 10**18)
    with pytest.raises(DiskFull, match="RAPBOT_WEIGHTS_FOLDER"):
        shelve(store, made, "ours")
    assert not store.adapters.exists()


def test_the_same_adapter_stays_as_it_is_and_another_is_never_written_over(
    store: WeightsStore, made: Path
) -> None:
    shelve(store, made, "ours")
    file = store.adapters / "ours" / WEIGHTS
    there = file.stat()
    shelve(store, made, "ours")
    shelve(store, store.adapters / "ours", "ours")
    # It may be read, which changes when it was read last.
    now = file.stat()
    assert (now.st_ino, now.st_mtime_ns) == (there.st_ino, there.st_mtime_ns)
    (made / WEIGHTS).write_text("others as long now"[: len(WEIGHTS)])
    with pytest.raises(AdapterKnown, match="Choose another name"):
        shelve(store, made, "ours")
    assert (store.adapters / "ours" / WEIGHTS).read_text() == WEIGHTS


def test_one_that_comes_meanwhile_is_not_written_over(
    store: WeightsStore, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_: Path, __: int) -> None:
        (store.adapters / "ours").mkdir(parents=True)
        (store.adapters / "ours" / WEIGHTS).write_text("theirs")

    monkeypatch.setattr("workers.runs.shelf.check_room", meanwhile)
    with pytest.raises(AdapterKnown):
        shelve(store, made, "ours")
    assert (store.adapters / "ours" / WEIGHTS).read_text() == "theirs"
