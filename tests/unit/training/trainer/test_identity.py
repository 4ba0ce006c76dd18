"""What tells one run from another, and what is said when it is another one."""

import json
from pathlib import Path

import pytest

from rap_engine.training.errors import BadPlan, TrainingError
from rap_engine.training.records import Record
from rap_engine.training.trainer.identity import CHECKPOINTS, check_same_run, hash_of, note_run
from rap_engine.training.trainer.lessons import LeftOut
from rap_engine.training.trainer.results import Counts
from rap_engine.training.trainer.stored import StoredLessons
from rap_engine.training.trainer.train import train
from tests.unit.training.trainer.subjects import plan, records


class Counted:
    """Records that count how often they are looked at."""

    def __init__(self) -> None:
        self.looks = 0
        self._records = records()

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, number: int) -> Record:
        self.looks += 1
        return self._records[number]


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    (tmp_path / CHECKPOINTS / "checkpoint-2").mkdir(parents=True)
    note_run(tmp_path, plan(), "one", Counts(1, 1, 0, 0, 0))
    return tmp_path


def test_another_plan_is_refused_with_what_to_do(begun: Path) -> None:
    with pytest.raises(BadPlan, match=r"another batch\..*--folder.*delete this one"):
        check_same_run(begun, plan(batch=8), "one")


def test_other_records_are_refused_with_what_to_do(begun: Path) -> None:
    with pytest.raises(TrainingError, match=r"other records\..*--folder.*delete this one"):
        check_same_run(begun, plan(), "other")


def test_the_same_run_goes_on(begun: Path) -> None:
    check_same_run(begun, plan(micro_batch=1), "one")


def test_a_hash_that_is_known_is_taken(llava: Path, photos: Path, tmp_path: Path) -> None:
    known, unknown = Counted(), Counted()
    settings = plan(most_steps=1)
    for name, counted, data_hash in (("known", known, "abc"), ("unknown", unknown, None)):
        train(
            llava,
            counted,
            settings,
            tmp_path / name,
            photos=photos,
            device="cpu",
            data_hash=data_hash,
        )
    assert json.loads((tmp_path / "known" / "data.json").read_bytes())["sha256"] == "abc"
    said = json.loads((tmp_path / "unknown" / "data.json").read_bytes())["sha256"]
    assert said == hash_of(Counted(), lambda: None)
    assert unknown.looks == known.looks + len(known)


def test_a_trainer_is_told_how_long_records_may_be(
    llava: Path, photos: Path, tmp_path: Path
) -> None:
    settings = plan(most_tokens=None)
    with pytest.raises(BadPlan, match="most_tokens: say how many"):
        train(llava, records(), settings, tmp_path, photos=photos, device="cpu")


def test_that_no_record_fits_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as told:
        StoredLessons.write(tmp_path, "key", records(), lambda _: LeftOut.TOO_LONG, lambda: None)
    assert str(told.value) == (
        "None of 12 records can be trained on: 12 are longer than most_tokens, pictures of 0 are"
        " missing, and 0 say nothing of who is shown."
    )
