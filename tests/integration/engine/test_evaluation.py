"""The measures, on photos whose right answers are plain to see."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from rap_engine.engine import Engine
from rap_engine.evaluation.rap_format import BadDataset, Dataset
from rap_engine.evaluation.retrieval import RetrievalReport, evaluate_retrieval
from rap_engine.memory import Concept, Database, User
from tests.integration.engine.colours import colour_profile, write

CONCEPTS = {
    "<rex>": {"name": "rex", "image": "rex.jpg", "info": "", "category": "dog"},
    "<luna>": {"name": "luna", "image": "luna.jpg", "info": "", "category": "cat"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "rex.jpg", "red")
    write(tmp_path / "luna.jpg", "blue")
    _write(tmp_path / "database.json", {"concept_dict": CONCEPTS})
    return tmp_path


def _write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def _labelled(folder: Path, name: str, photos: dict[str, list[str]]) -> Path:
    """Photos are named by their colours: `red-blue.jpg`."""
    for photo in photos:
        write(folder / photo, *photo.removesuffix(".jpg").split("-"))
    return _write(folder / name, photos)


def _evaluate(database: Database, dataset: Dataset) -> RetrievalReport:
    engine = Engine(database, colour_profile())
    return evaluate_retrieval(database, engine, dataset, lambda _: None)


def test_right_and_wrong_photos_are_counted(database: Database, folder: Path) -> None:
    queries = {
        "red.jpg": ["<rex>"],
        "blue.jpg": ["<luna>"],
        "navy.jpg": ["<rex>"],  # it looks like luna
        "lime.jpg": ["<luna>"],  # it looks like nobody
    }
    strangers: dict[str, list[str]] = {"yellow.jpg": [], "crimson.jpg": []}  # one looks like rex
    report = _evaluate(
        database,
        Dataset.read(
            folder / "database.json",
            _labelled(folder, "queries.json", queries),
            _labelled(folder, "strangers.json", strangers),
        ),
    )
    assert report.n == {"concepts": 2, "queries": 4, "strangers": 2, "pairs": 0}
    assert report.positive == 0.5
    assert report.recall[2] == 1.0
    assert report.negative == 0.5
    assert report.mean == (report.positive + report.negative) / 2
    assert report.pairs is None
    assert {m.photo for m in report.mistakes} == {"navy.jpg", "lime.jpg", "crimson.jpg"}


def test_a_pair_is_right_with_both_names_on_their_sides(database: Database, folder: Path) -> None:
    for name in ("red-blue.jpg", "blue-lime.jpg", "blue-red.jpg"):
        write(folder / name, *name.removesuffix(".jpg").split("-"))
    pairs = {
        "red-blue.jpg": {"concepts": ["<rex>", "<luna>"], "split": 0.5},
        "blue-lime.jpg": {"concepts": ["<luna>", None], "split": 0.5},
        "blue-red.jpg": {"concepts": ["<rex>", "<luna>"], "split": 0.5},  # the wrong way round
    }
    queries = _labelled(folder, "queries.json", {"red.jpg": ["<rex>"]})
    dataset = Dataset.read(
        folder / "database.json", queries, pairs=_write(folder / "pairs.json", pairs)
    )
    assert _evaluate(database, dataset).pairs == pytest.approx(2 / 3)


def test_nothing_of_an_evaluation_stays(database: Database, folder: Path) -> None:
    queries = _labelled(folder, "queries.json", {"red.jpg": ["<rex>"]})
    _evaluate(database, Dataset.read(folder / "database.json", queries))
    with database.transaction() as session:
        for table in (Concept, User):
            assert session.scalars(select(func.count()).select_from(table)).one() == 0


def test_the_json_has_its_documented_keys(database: Database, folder: Path) -> None:
    queries = _labelled(folder, "queries.json", {"red.jpg": ["<rex>"]})
    report = _evaluate(database, Dataset.read(folder / "database.json", queries)).to_json()
    assert report["recall"] == {"1": 1.0, "2": 1.0, "5": 1.0}
    assert (report["negative"], report["mean"], report["pairs"]) == (None, None, None)
    assert (report["profile"], report["cutoff"]) == ("colourful", 0.9)


@pytest.mark.parametrize(
    ("queries", "complaint"),
    [
        ({"missing.jpg": ["<rex>"]}, "missing.jpg: no such photo"),
        ({"rex.jpg": ["<nobody>"]}, "<nobody> is not in the database"),
        (["rex.jpg"], "queries.json"),
    ],
)
def test_a_dataset_that_is_wrong_is_refused_with_its_path(
    folder: Path, queries: object, complaint: str
) -> None:
    with pytest.raises(BadDataset, match=complaint):
        Dataset.read(folder / "database.json", _write(folder / "queries.json", queries))


def test_a_photo_that_cannot_be_read_is_named(database: Database, folder: Path) -> None:
    (folder / "cut.jpg").write_bytes((folder / "rex.jpg").read_bytes()[:400])
    queries = _write(folder / "queries.json", {"cut.jpg": ["<rex>"]})
    with pytest.raises(BadDataset, match=r"cut\.jpg"):
        _evaluate(database, Dataset.read(folder / "database.json", queries))
