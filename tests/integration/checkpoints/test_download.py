"""A file from an address is fetched whole, resumed and checked."""

import hashlib
from pathlib import Path

import pytest

from rap_engine.checkpoints.download import download
from rap_engine.checkpoints.errors import DownloadDamaged, FetchFailed, SourceAway
from rap_engine.checkpoints.sources import UrlSource
from tests.integration.checkpoints.fake_hub import FakeHub

DATA = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def source(hub: FakeHub) -> UrlSource:
    hub.files["model.pt"] = DATA
    return UrlSource(url=f"{hub.address}/files/model.pt", sha256=SHA256)


def _broken_off(hub: FakeHub, source: UrlSource, folder: Path) -> int:
    """Have a download break in the middle; returns how much of it came."""
    hub.break_after = 300_000
    with pytest.raises(SourceAway, match="goes on where it stopped"):
        download(source, folder)
    hub.asked.clear()
    assert [path.name for path in folder.glob("*.pt")] == []
    return (folder / "model.pt.part").stat().st_size


def test_a_file_comes_whole_with_its_hash(source: UrlSource, tmp_path: Path) -> None:
    came = download(source, tmp_path)
    assert (came.path, came.size, came.sha256) == ("model.pt", len(DATA), SHA256)
    assert (tmp_path / "model.pt").read_bytes() == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["model.pt"]


def test_the_hash_is_recorded_where_none_is_given(source: UrlSource, tmp_path: Path) -> None:
    assert download(source.model_copy(update={"sha256": None}), tmp_path).sha256 == SHA256


def test_a_broken_download_goes_on_with_the_rest_alone(
    hub: FakeHub, source: UrlSource, tmp_path: Path
) -> None:
    present = _broken_off(hub, source, tmp_path)

    download(source, tmp_path)

    assert present > 0
    assert hub.asked == [("GET", "/files/model.pt", f"bytes={present}-")]
    assert (tmp_path / "model.pt").read_bytes() == DATA


def test_a_file_that_was_changed_meanwhile_is_fetched_from_its_beginning(
    hub: FakeHub, source: UrlSource, tmp_path: Path
) -> None:
    _broken_off(hub, source, tmp_path)
    hub.files["model.pt"] = DATA[::-1]

    download(source.model_copy(update={"sha256": None}), tmp_path)

    assert (tmp_path / "model.pt").read_bytes() == DATA[::-1]


def test_content_with_another_hash_is_refused_and_erased(
    hub: FakeHub, source: UrlSource, tmp_path: Path
) -> None:
    hub.files["model.pt"] = DATA[::-1]
    with pytest.raises(DownloadDamaged, match=r"model\.pt.*again"):
        download(source, tmp_path)
    assert list(tmp_path.glob("model.pt")) == []
    assert list(tmp_path.glob("*.part")) == []


def test_a_file_that_is_not_there_is_told(hub: FakeHub, source: UrlSource, tmp_path: Path) -> None:
    hub.files.clear()
    with pytest.raises(FetchFailed, match="answers 404"):
        download(source, tmp_path)


def test_a_server_that_is_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceAway, match=r"127\.0\.0\.1:9 cannot be reached"):
        download(UrlSource(url="http://127.0.0.1:9/model.pt"), tmp_path)
