"""What the stages of a run hand on to makers and to the trainer."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from bot.administration.training import _plan
from config import Settings
from rap_engine.profiles import Loader
from rap_engine.training.plan import Plan, RecordsPlan, TrainerPlan
from rap_engine.training.running.request import Request
from rap_engine.training.running.stages import learning, making_records
from rap_engine.training.running.stages.stage import Run
from rap_engine.training.sources.own import OwnView, write_own
from rap_engine.types import Box, Region
from tests.unit.training.sources.trees import photo, write_json


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"data_dir": tmp_path / "data"})


def run_of(
    folder: Path, settings: Settings, plan: Plan | None = None, consented: Path | None = None
) -> Run:
    request = Request(run="1", profile="rap-mini", consented=consented)
    folder.mkdir(exist_ok=True)
    return Run(folder, plan or Plan(), request, settings, lambda _: None, lambda: False)


def test_records_are_as_long_as_the_generator_reads(tmp_path: Path, settings: Settings) -> None:
    run = run_of(tmp_path / "1", settings)
    assert learning.plan_of(run).most_tokens == making_records.recipe_of(run).context
    said = Plan(trainer=TrainerPlan(most_tokens=300))
    assert learning.plan_of(run_of(tmp_path / "1", settings, said)).most_tokens == 300


def test_runs_share_what_the_tower_saw_unless_it_saw_people_who_agreed(
    tmp_path: Path, settings: Settings
) -> None:
    assert learning.features_of(run_of(tmp_path / "1", settings)) == learning.features_of(
        run_of(tmp_path / "2", settings)
    )
    consented = run_of(tmp_path / "3", settings, consented=tmp_path / "3" / "consented")
    assert learning.features_of(consented) is None


@pytest.mark.parametrize(("most", "made"), [(None, 2), (9, 9)])
def test_a_few_photos_of_people_who_agreed_make_as_many_records_as_are_wanted(
    tmp_path: Path, settings: Settings, most: int | None, made: int
) -> None:
    crop = photo(tmp_path / "crop.jpg", 64, 64).read_bytes()
    own = [OwnView(number, "Rex", "a dog", "dog", crop, Box.whole()) for number in range(2)]
    write_own(tmp_path / "consented", own)
    records = RecordsPlan.model_validate(
        {
            "consented": True,
            "consented_most": most,
            "kinds": {"caption": 1, "question": 1},
            "negatives": {"references": 0, "questions": 0},
        }
    )
    plan = Plan(records=records)
    run = run_of(tmp_path / "1", settings, plan, tmp_path / "consented")
    assert making_records.RECORDS.work(run, {})["records"] == made
    text = (tmp_path / "1/records/records-00000.jsonl").read_text()
    assert "Rex" not in text


def test_a_source_that_wants_boxes_gets_them_of_the_profiles_detector(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Corner:
        name = "corner"

        def detect(self, _photo: Image.Image, _vocabulary: Sequence[str]) -> list[Region]:
            return [Region(Box(0, 0, 0.5, 0.5), "cat", 0.9)]

    monkeypatch.setattr(Loader, "detector", lambda _loader: Corner())
    source = {"layout": "concepts", "folder": tmp_path}
    records = {
        "sources": [{**source, "detect": True}, source],
        "kinds": {"caption": 1},
        "negatives": {"references": 0, "questions": 0},
        "augmentation": {"variants": 0},
    }
    said = {"tom": {"category": "cat", "images": ["1.jpg", "2.jpg"]}}
    write_json(tmp_path / "concepts.json", said)
    for name in ("1.jpg", "2.jpg"):
        photo(tmp_path / name, 400, 400)
    plan = Plan(records=RecordsPlan.model_validate(records))
    making_records.RECORDS.work(run_of(tmp_path / "run", settings, plan), {})
    sides = set()
    for crop in (tmp_path / "run/records/crops").rglob("*.jpg"):
        with Image.open(crop) as picture:
            sides.add(picture.size)
    assert len(sides) == 2
    assert (400, 400) in sides


def test_a_run_from_the_chat_without_a_plan_takes_more_than_a_few_steps(settings: Settings) -> None:
    plan = _plan(settings)
    assert plan.records.consented
    assert plan.records.consented_most is not None
    learnt = plan.records.consented_most * (1 - plan.trainer.held_out) * plan.trainer.epochs
    steps = learnt / plan.trainer.batch
    assert steps >= 100
    assert steps >= 4 * plan.trainer.checkpoint_every


@pytest.mark.parametrize(
    "name", ["rap-llava", "rap-mini", "rap-mini-recognition", "rap-mini-verification"]
)
def test_every_shipped_plan_can_be_read(name: str) -> None:
    assert Plan.read(Path(__file__).parents[3] / "recipes" / f"{name}.toml").profile
