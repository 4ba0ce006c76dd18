"""Repositories are fetched from a hub once, whole, pinned and checked."""

import hashlib
from pathlib import Path

import huggingface_hub
import pytest

from rap_engine.checkpoints.errors import DiskFull, DownloadDamaged, FetchFailed, SourceAway
from rap_engine.checkpoints.fetching import Fetcher
from rap_engine.checkpoints.hub import Hub
from rap_engine.checkpoints.record import read_record
from rap_engine.checkpoints.sources import HubSource
from rap_engine.checkpoints.store import WeightsStore
from tests.integration.checkpoints.fake_hub import FakeHub

REPO = "owner/model"
WEIGHTS = b"w" * 5000
FILES = {
    "config.json": b"{}",
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"b" * 4000,
    "README.md": b"read me",
}
SOURCE = HubSource(repo=REPO, files=("*.json", "*.safetensors", "*.bin"))


@pytest.fixture
def store(tmp_path: Path) -> WeightsStore:
    return WeightsStore(tmp_path / "weights")


@pytest.fixture
def fetcher(store: WeightsStore, client: Hub) -> Fetcher:
    return Fetcher(store, hub=client)


def test_files_are_fetched_and_recorded(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore
) -> None:
    hub.add(REPO, FILES)

    assert fetcher.fetch(SOURCE)

    folder = store.locate(SOURCE, "p")
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    record = read_record(folder)
    assert record is not None
    assert record.commit == "a" * 40
    assert {file.path: (file.size, file.sha256) for file in record.files} == {
        "config.json": (2, hashlib.sha256(b"{}").hexdigest()),
        "model.safetensors": (5000, hashlib.sha256(WEIGHTS).hexdigest()),
    }


def test_bin_files_are_left_where_safetensors_are(hub: FakeHub, fetcher: Fetcher) -> None:
    hub.add(REPO, FILES)
    fetcher.fetch(SOURCE)
    assert hub.got == ["config.json", "model.safetensors"]


def test_a_second_fetch_asks_for_nothing(hub: FakeHub, fetcher: Fetcher) -> None:
    hub.add(REPO, FILES)
    fetcher.fetch(SOURCE)
    hub.asked.clear()

    assert not fetcher.fetch(SOURCE)

    assert hub.asked == []


def test_a_later_fetch_keeps_to_the_first_commit(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore
) -> None:
    hub.add(REPO, FILES)
    fetcher.fetch(SOURCE)
    hub.add(REPO, {**FILES, "README.md": b"newer"}, commit="b" * 40)

    more = SOURCE.model_copy(update={"files": (*SOURCE.files, "*.md")})
    assert fetcher.fetch(more)

    assert (store.ready(more) / "README.md").read_bytes() == b"read me"
    record = store.record(more)
    assert record is not None
    assert record.commit == "a" * 40


def test_a_fetch_that_failed_goes_on_at_the_commit_that_it_began_with(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore
) -> None:
    hub.add(REPO, FILES)
    hub.lies["model.safetensors"] = b"x" * 5000
    with pytest.raises(DownloadDamaged):
        fetcher.fetch(SOURCE)
    hub.lies.clear()
    hub.add(REPO, {"config.json": b"{}", "model.safetensors": b"n" * 5000}, commit="b" * 40)

    fetcher.fetch(SOURCE)

    assert (store.ready(SOURCE) / "model.safetensors").read_bytes() == WEIGHTS


def test_another_revision_in_the_recipe_is_fetched_anew(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore
) -> None:
    hub.add(REPO, FILES)
    fetcher.fetch(SOURCE)
    hub.add(REPO, {"config.json": b"{}", "model.safetensors": b"n" * 5000}, commit="b" * 40)

    newer = SOURCE.model_copy(update={"revision": "b" * 40})
    assert fetcher.fetch(newer)

    assert (store.ready(newer) / "model.safetensors").read_bytes() == b"n" * 5000


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"], ids=["in LFS", "in git"])
def test_content_with_another_hash_is_refused_erased_and_fetched_anew(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore, name: str
) -> None:
    hub.add(REPO, FILES)
    hub.lies[name] = b"x" * len(FILES[name])

    with pytest.raises(DownloadDamaged, match=f"{name}.*again"):
        fetcher.fetch(SOURCE)
    assert not store.is_ready(SOURCE)
    assert not (store.downloaded(SOURCE) / name).exists()

    hub.lies.clear()
    hub.asked.clear()
    assert fetcher.fetch(SOURCE)
    assert (store.downloaded(SOURCE) / name).read_bytes() == FILES[name]
    assert hub.got == [name]


def test_an_unknown_repository_is_a_sentence(fetcher: Fetcher) -> None:
    with pytest.raises(FetchFailed, match=r"no repository owner/model.*HF_TOKEN"):
        fetcher.fetch(SOURCE)


def test_a_gated_repository_asks_for_agreement_and_a_token(hub: FakeHub, fetcher: Fetcher) -> None:
    hub.gated.add(REPO)
    with pytest.raises(FetchFailed, match=r"agreed to its terms.*HF_TOKEN"):
        fetcher.fetch(SOURCE)


def test_an_unknown_revision_is_a_sentence(hub: FakeHub, fetcher: Fetcher) -> None:
    hub.add(REPO, FILES)
    with pytest.raises(FetchFailed, match="owner/model has no revision v9"):
        fetcher.fetch(SOURCE.model_copy(update={"revision": "v9"}))


def test_patterns_that_match_nothing_are_told(hub: FakeHub, fetcher: Fetcher) -> None:
    hub.add(REPO, FILES)
    with pytest.raises(FetchFailed, match=r"owner/model has no weights.* \*\.gguf"):
        fetcher.fetch(SOURCE.model_copy(update={"files": ("*.gguf",)}))


def test_a_repository_without_a_file_that_is_named_is_not_finished(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore
) -> None:
    hub.add(REPO, FILES)
    named = SOURCE.model_copy(update={"files": ("open_clip_model.safetensors", "*.json", "*.bin")})

    with pytest.raises(FetchFailed, match=r"owner/model has no file open_clip_model\.safetensors,"):
        fetcher.fetch(named)

    assert store.state(named) == "missing"
    assert hub.asked == []


def test_a_repository_without_weights_is_not_finished(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore
) -> None:
    hub.add(REPO, {"config.json": b"{}", "tokenizer.json": b"{}"})

    with pytest.raises(FetchFailed, match=r"owner/model has no weights, \.safetensors or \.bin"):
        fetcher.fetch(SOURCE)

    assert store.state(SOURCE) == "missing"
    assert hub.asked == []


def test_a_bin_file_that_is_named_comes_beside_safetensors(hub: FakeHub, fetcher: Fetcher) -> None:
    hub.add(REPO, {**FILES, "other.bin": b"o" * 4000})
    fetcher.fetch(SOURCE.model_copy(update={"files": ("*.safetensors", "*.bin", "other.bin")}))
    assert hub.got == ["model.safetensors", "other.bin"]


def test_what_an_older_revision_left_is_removed(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore
) -> None:
    hub.add(REPO, FILES)
    fetcher.fetch(SOURCE)
    hub.add(REPO, {"config.json": b"{}", "1.safetensors": WEIGHTS}, commit="b" * 40)

    newer = SOURCE.model_copy(update={"revision": "b" * 40})
    fetcher.fetch(newer)

    assert [path.name for path in store.ready(newer).glob("*.safetensors")] == ["1.safetensors"]


def test_a_file_that_would_lie_outside_the_folder_is_refused(
    hub: FakeHub, fetcher: Fetcher
) -> None:
    hub.add(REPO, {**FILES, "../../evil.json": b"{}"})
    with pytest.raises(FetchFailed, match="would lie elsewhere"):
        fetcher.fetch(SOURCE)


def test_a_hub_that_is_away_is_a_sentence(hub: FakeHub, store: WeightsStore) -> None:
    nobody = Hub(endpoint="http://127.0.0.1:9")
    with pytest.raises(SourceAway, match="hub cannot be reached"):
        Fetcher(store, hub=nobody).fetch(SOURCE)
    assert not store.is_ready(SOURCE)


def test_a_disk_without_room_is_told_before_anything_is_fetched(
    hub: FakeHub, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(REPO, FILES)
    monkeypatch.setattr("rap_engine.checkpoints.files._RESERVE", 1 << 62)
    with pytest.raises(DiskFull, match="RAPBOT_WEIGHTS_FOLDER"):
        fetcher.fetch(SOURCE)
    assert hub.asked == []


def test_an_environment_that_forbids_fetching_is_named(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(SourceAway, match="HF_HUB_OFFLINE"):
        fetcher.fetch(SOURCE)


def test_a_folder_that_somebody_else_finished_is_left_alone(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore
) -> None:
    folder = store.ready(SOURCE)
    folder.mkdir(parents=True)
    (folder / "fetched.json").write_text("{}")

    assert not fetcher.fetch(SOURCE)
    assert hub.asked == []


@pytest.mark.parametrize("name", ["fetched.json", "Fetched.json", "pinned.json", ".hidden.json"])
def test_a_repositorys_file_with_the_name_of_our_notes_is_left_out(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore, name: str
) -> None:
    hub.add(REPO, {**FILES, name: b"{}"})
    hub.lies["model.safetensors"] = b"x" * 5000
    with pytest.raises(DownloadDamaged):
        fetcher.fetch(SOURCE)
    assert store.state(SOURCE) == "missing"

    hub.lies.clear()
    fetcher.fetch(SOURCE)

    record = store.record(SOURCE)
    assert record is not None
    assert [file.path for file in record.files] == ["config.json", "model.safetensors"]
    assert name not in hub.got


def test_a_file_whose_name_is_a_pattern_brings_no_other(
    hub: FakeHub, fetcher: Fetcher, store: WeightsStore
) -> None:
    hub.add(REPO, {**FILES, "fetche[d].json": b"{}", "fetched.json": b"{}"})
    hub.lies["model.safetensors"] = b"x" * 5000
    with pytest.raises(DownloadDamaged):
        fetcher.fetch(SOURCE)
    assert store.state(SOURCE) == "missing"
