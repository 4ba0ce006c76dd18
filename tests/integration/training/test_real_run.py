"""One run through its real stages, on a LLaVA of random weights: photos become an adapter."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rap_engine.checkpoints import WeightsStore
from rap_engine.memory import Database
from rap_engine.training.plan import (
    AugmentationPlan,
    GatePlan,
    LoraPlan,
    NegativesPlan,
    Plan,
    RecordsPlan,
    SourcePlan,
    TrainerPlan,
)
from tests.integration.training.conftest import Yard
from workers.tasks.train import Trainer

pytestmark = pytest.mark.integration


def _photo(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), np.uint8)
    Image.fromarray(pixels).resize((96, 96)).save(path)


def _concepts(folder: Path) -> Path:
    told = {}
    for number, category in enumerate(("dog", "cat", "mug")):
        images = [f"images/{number}/{view}.jpg" for view in range(2)]
        for view, image in enumerate(images):
            _photo(folder / image, 10 * number + view)
        told[str(number)] = {"category": category, "name": f"Rex{number}", "images": images}
    (folder / "concepts.json").write_text(json.dumps(told))
    return folder


def _evaluation_set(folder: Path) -> Path:
    names = ("bo", "mia")
    for number, name in enumerate(names):
        _photo(folder / f"{name}.jpg", 50 + number)
        _photo(folder / f"{name}-again.jpg", 60 + number)
    concepts = {
        f"<{name}>": {"name": name, "image": f"{name}.jpg", "info": f"{name} likes {name}."}
        | {"category": "dog"}
        for name in names
    }
    database = {
        "concept_dict": concepts,
        "path_to_concept": {f"{name}.jpg": f"<{name}>" for name in names},
    }
    (folder / "database.json").write_text(json.dumps(database))
    asked = {f"{name}-again.jpg": [f"<{name}>"] for name in names}
    (folder / "queries.json").write_text(json.dumps(asked))
    return folder


def _plan(tmp_path: Path) -> Plan:
    return Plan(
        name="tiny",
        records=RecordsPlan(
            sources=(SourcePlan(layout="concepts", folder=_concepts(tmp_path / "photos"), most=6),),
            negatives=NegativesPlan(hard=0.0),
            augmentation=AugmentationPlan(variants=1),
        ),
        trainer=TrainerPlan(
            lora=LoraPlan(rank=2, alpha=4),
            batch=2,
            micro_batch=2,
            most_steps=2,
            precision="float32",
            held_out=0.0,
            most_tokens=900,
        ),
        gate=GatePlan(evaluation_set=_evaluation_set(tmp_path / "evaluation"), recognition=1.0),
    )


@pytest.mark.timeout(600)  # two processes import torch
def test_photos_become_an_adapter_that_is_registered(
    yard: Yard, database: Database, tmp_path: Path
) -> None:
    from tests.models.llava import write_llava  # noqa: PLC0415  seconds to import

    write_llava(yard.settings.weights_dir / "downloaded" / "tests--small-llava")
    run_id = yard.ask(_plan(tmp_path))
    Trainer(database, yard.settings).run(run_id)
    row = yard.row(run_id)
    log = yard.folder(run_id).log.read_text()
    assert (row.state, row.error) == ("done", None), log
    assert row.report["records"]["records"] == 6
    assert row.report["training"]["steps"] == 2
    assert len(row.report["losses"]) == 2
    assert set(row.report["measuring"]["after"]) == {"recognition", "caption_f1", "questions"}
    assert len(row.report["measuring"]["reports"]) == 2
    assert row.report["measuring"]["reasons"]
    assert WeightsStore(yard.settings.weights_dir).adapter_names() == [f"tiny-{run_id}"]
    left = {file.relative_to(yard.folder(run_id).path) for file in _files(yard, run_id)}
    assert Path("training/metrics.jsonl") in left
    assert not [file for file in left if file.suffix in (".jpg", ".safetensors")]


def _files(yard: Yard, run_id: int) -> list[Path]:
    return [file for file in yard.folder(run_id).path.rglob("*") if file.is_file()]
