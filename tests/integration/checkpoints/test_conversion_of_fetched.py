"""What does not load as it is is converted after it was fetched, and its original goes."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from rap_engine.checkpoints.errors import ConversionFailed
from rap_engine.checkpoints.fetching import Fetcher
from rap_engine.checkpoints.hub import Hub
from rap_engine.checkpoints.sources import HubSource, UrlSource
from rap_engine.checkpoints.store import WeightsStore
from tests.integration.checkpoints.fake_hub import FakeHub
from tests.models.original_llava import build_original, save_original, save_tower

TOWER = HubSource(repo="openai/clip", files=("*.json", "*.bin"))
LLAVA = HubSource(
    repo="owner/rap", files=("*.json", "*.bin", "*.model"), layout="llava", vision_tower=TOWER
)


@pytest.fixture
def store(tmp_path: Path) -> WeightsStore:
    return WeightsStore(tmp_path / "weights")


@pytest.fixture
def published(hub: FakeHub, tmp_path: Path) -> FakeHub:
    original = build_original("llama")
    hub.add(LLAVA.repo, _files(save_original(original, tmp_path / "o")))
    hub.add(TOWER.repo, _files(save_tower(original, tmp_path / "t")), commit="c" * 40)
    return hub


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_llava_is_converted_and_its_record_outlives_its_original(
    published: FakeHub, client: Hub, store: WeightsStore
) -> None:
    said: list[str] = []
    assert Fetcher(store, hub=client, say=said.append).fetch(LLAVA)

    ready = store.locate(LLAVA, "p")
    with safe_open(ready / "model.safetensors", "pt") as file:
        assert "language_model.lm_head.weight" in file.keys()  # noqa: SIM118
    assert not store.downloaded(LLAVA).exists()
    assert store.is_ready(TOWER)
    record = store.record(LLAVA)
    assert record is not None
    assert record.commit == "a" * 40
    assert record.converted_at is not None
    assert "pytorch_model-00001-of-00002.bin" in [file.path for file in record.files]
    assert record.vision_tower is not None
    assert record.vision_tower.commit == "c" * 40
    assert [line.split(" ")[0:2] for line in said] == [
        ["openai--clip:", "fetched"],
        ["owner--rap:", "fetched"],
        ["owner--rap:", "converted"],
    ]


def test_a_converted_one_is_not_fetched_again(
    published: FakeHub, client: Hub, store: WeightsStore
) -> None:
    Fetcher(store, hub=client).fetch(LLAVA)
    published.asked.clear()

    assert not Fetcher(store, hub=client).fetch(LLAVA)
    assert published.asked == []


def test_an_original_is_kept_where_that_is_asked_for(
    published: FakeHub, client: Hub, store: WeightsStore
) -> None:
    Fetcher(store, hub=client, keep_downloads=True).fetch(LLAVA)
    assert (store.downloaded(LLAVA) / "pytorch_model-00001-of-00002.bin").is_file()


def test_a_conversion_that_fails_keeps_the_original_and_finishes_nothing(
    hub: FakeHub, published: FakeHub, client: Hub, store: WeightsStore
) -> None:
    files = hub.repos[LLAVA.repo]["a" * 40]
    whole = files.pop("tokenizer.model")
    with pytest.raises(ConversionFailed, match="no tokenizer"):
        Fetcher(store, hub=client).fetch(LLAVA)
    assert store.state(LLAVA) == "downloaded"
    assert not store.ready(LLAVA).exists()

    (store.downloaded(LLAVA) / "tokenizer.model").write_bytes(whole)
    hub.asked.clear()
    assert Fetcher(store, hub=client).fetch(LLAVA)
    assert hub.asked == []
    assert store.state(LLAVA) == "ready"


def test_a_yolo_file_from_an_address_is_converted(
    hub: FakeHub, client: Hub, store: WeightsStore, tmp_path: Path
) -> None:
    model = torch.nn.Module()
    model.model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))
    torch.save({"model": model, "ema": None}, tmp_path / "tiny.pt")
    hub.files["tiny.pt"] = (tmp_path / "tiny.pt").read_bytes()
    source = UrlSource(url=f"{hub.address}/files/tiny.pt", layout="yolo-world")

    assert Fetcher(store, hub=client).fetch(source)

    with safe_open(store.locate(source, "p") / "model.safetensors", "pt") as file:
        assert torch.equal(file.get_tensor("model.0.weight"), model.model[0].weight)
    assert not store.downloaded(source).exists()
    record = store.record(source)
    assert record is not None
    assert [file.path for file in record.files] == ["tiny.pt"]
