"""Which folder is ready for which source."""

from pathlib import Path

import pytest

from rap_engine.checkpoints import HubSource, Source, UrlSource, WeightsStore
from rap_engine.checkpoints.record import BY_HAND, Record
from rap_engine.errors import WeightsMissing

HUB = HubSource(repo="owner/model", layout="llava")
ADDRESS = UrlSource(url="https://weights.invalid/v1/model.pt", layout="yolo-world")
CHANGES: list[tuple[Source, dict[str, object]]] = [
    (HUB, {"revision": "v2"}),
    (HUB, {"vision_tower": HubSource(repo="owner/clip")}),
    (HUB.model_copy(update={"layout": "as-is"}), {"revision": "v2"}),
    (ADDRESS, {"sha256": "0" * 64}),
]


@pytest.fixture
def store(tmp_path: Path) -> WeightsStore:
    return WeightsStore(tmp_path)


def _finish(folder: Path, record: Record) -> None:
    folder.mkdir(parents=True)
    record.write(folder)


@pytest.mark.parametrize(("source", "change"), CHANGES)
def test_weights_of_what_a_recipe_named_before_are_not_loaded(
    store: WeightsStore, source: Source, change: dict[str, object]
) -> None:
    _finish(store.ready(source), Record.of(source, ()))
    changed = source.model_copy(update=change)
    assert store.locate(source, "p") == store.ready(changed)

    assert (store.state(source), store.state(changed)) == ("ready", "outdated")
    assert not store.is_ready(changed)
    with pytest.raises(WeightsMissing, match=r"another revision.*`rapbot weights fetch p`"):
        store.locate(changed, "p")


def test_a_field_that_a_source_did_not_have_yet_makes_nothing_outdated(store: WeightsStore) -> None:
    record = Record.of(HUB, ())
    assert record.source is not None
    before = {name: said for name, said in record.source.items() if said is not None}
    assert before != record.source
    _finish(store.ready(HUB), record.model_copy(update={"source": before}))
    assert store.state(HUB) == "ready"


@pytest.mark.parametrize(
    "other",
    [
        "https://weights.invalid/v2/model.pt",
        "https://elsewhere.invalid/v1/model.pt",
        "https://weights.invalid/v1/model.pt?download=1",
    ],
)
def test_files_of_one_name_from_two_addresses_lie_apart(store: WeightsStore, other: str) -> None:
    _finish(store.ready(ADDRESS), Record.of(ADDRESS, ()))
    elsewhere = UrlSource(url=other, layout="yolo-world")
    assert store.downloaded(elsewhere) != store.downloaded(ADDRESS)
    assert (store.state(ADDRESS), store.state(elsewhere)) == ("ready", "missing")


@pytest.mark.parametrize("source", [HUB, ADDRESS])
def test_a_folder_that_was_made_by_hand_is_ready_for_any_source_of_its_name(
    store: WeightsStore, source: Source
) -> None:
    _finish(store.ready(source), BY_HAND)
    assert store.locate(source, "p") == store.ready(source)


def test_what_lacks_its_conversion_is_downloaded_and_not_ready(store: WeightsStore) -> None:
    _finish(store.downloaded(HUB), Record.of(HUB, ()))
    assert store.state(HUB) == "downloaded"
    assert store.state(HUB.model_copy(update={"revision": "v2"})) == "outdated"
    with pytest.raises(WeightsMissing, match=r"are not in .*`rapbot weights fetch p`"):
        store.locate(HUB, "p")


def test_what_is_not_there_is_missing(store: WeightsStore) -> None:
    store.ready(HUB).mkdir(parents=True)
    assert store.state(HUB) == "missing"
