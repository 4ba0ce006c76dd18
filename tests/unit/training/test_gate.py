"""A worse adapter never gets in by itself, and one that was not measured neither."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from config import Settings
from rap_engine.evaluation import generation
from rap_engine.evaluation.rap_format import BadDataset
from rap_engine.generate import Generator
from rap_engine.training.gate import Measures, decide, measure_all
from rap_engine.training.plan import GatePlan
from tests.unit.evaluation.generators import Broken, Looks, Says
from tests.unit.evaluation.sets import exam_of, profile_of, write_set

PLAN = GatePlan(evaluation_set=Path("set"))
SERVING = Measures(recognition=0.9, caption_f1=0.8, questions=0.7)


def test_one_that_is_as_good_passes_with_a_reason_a_measure() -> None:
    verdict = decide(SERVING, SERVING, PLAN)
    assert verdict.outcome == "passed"
    assert verdict.reasons[0] == "Recognition: 0.900, beside 0.900 of what serves."
    assert len(verdict.reasons) == 3


@pytest.mark.parametrize(
    ("measure", "tolerance"), [("recognition", 0.01), ("caption_f1", 0.01), ("questions", 0.02)]
)
def test_a_measure_may_fall_by_the_tolerance_and_no_further(measure: str, tolerance: float) -> None:
    before = getattr(SERVING, measure)
    just = replace(SERVING, **{measure: before - tolerance})
    worse = replace(SERVING, **{measure: before - tolerance - 0.001})
    assert decide(just, SERVING, PLAN).outcome == "passed"
    assert decide(worse, SERVING, PLAN).outcome == "failed"
    assert decide(worse, SERVING, PLAN.model_copy(update={measure: 0.1})).outcome == "passed"


def test_one_that_gains_elsewhere_is_refused_all_the_same() -> None:
    verdict = decide(Measures(1.0, 0.5, 1.0), SERVING, PLAN)
    assert verdict.outcome == "failed"
    assert "F1 of captions: 0.500, beside 0.800 of what serves; it may fall by 0.010." in (
        verdict.reasons
    )


def test_recognition_has_a_floor_of_its_own() -> None:
    plan = PLAN.model_copy(update={"least_recognition": 0.95})
    verdict = decide(replace(SERVING, recognition=0.94), SERVING, plan)
    assert verdict.outcome == "failed"
    assert verdict.reasons[0] == "Recognition: 0.940, below the least of 0.950."


@pytest.mark.parametrize("missing", ["recognition", "caption_f1", "questions"])
def test_a_measure_that_is_missing_leaves_it_not_measured(missing: str) -> None:
    lacking = replace(SERVING, **{missing: None})
    assert decide(lacking, SERVING, PLAN).outcome == "not_measured"
    assert decide(SERVING, lacking, PLAN).outcome == "not_measured"


def test_a_missing_measure_hides_no_failed_one() -> None:
    assert decide(Measures(0.1, None, 0.7), SERVING, PLAN).outcome == "failed"
    assert decide(Measures(None, 0.1, 0.7), SERVING, PLAN).outcome == "failed"


def test_without_an_evaluation_set_nothing_is_measured() -> None:
    verdict = decide(SERVING, SERVING, GatePlan())
    assert verdict.outcome == "not_measured"
    assert "no evaluation set" in verdict.reasons[0]


@pytest.mark.parametrize("broken", [math.nan, math.inf])
@pytest.mark.parametrize("name", ["recognition", "caption_f1", "questions"])
def test_a_number_that_is_none_fails(name: str, broken: float) -> None:
    candidate = replace(SERVING, **{name: broken})
    assert decide(candidate, SERVING, PLAN).outcome == "failed"
    # Even where nothing else is known.
    assert decide(candidate, Measures(), PLAN).outcome == "failed"


def test_a_broken_one_that_serves_keeps_no_better_one_away() -> None:
    assert decide(SERVING, replace(SERVING, recognition=math.nan), PLAN).outcome == "passed"


def test_a_model_of_no_numbers_has_no_recognition(tmp_path: Path) -> None:
    measured = Measures.of(exam_of(Broken(), write_set(tmp_path)).measure())
    assert measured.recognition is not None
    assert math.isnan(measured.recognition)
    assert measured.to_json() == {"recognition": "nan", "caption_f1": 0.0, "questions": 0.0}
    assert decide(measured, SERVING, PLAN).outcome == "failed"


def _measured(folder: Path) -> Measures:
    settings = Settings(data_dir=folder.parent)
    (report,) = measure_all(settings, None, (None,), folder, lambda _: None)
    return Measures.of(report)


def _answers(monkeypatch: pytest.MonkeyPatch, generator: Generator) -> None:
    monkeypatch.setattr(generation, "load_profile", lambda *_: profile_of(generator))


def test_who_says_yes_to_all_does_not_take_the_place_of_who_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "set")
    _answers(monkeypatch, Says("Yes, rex and luna."))
    worse = _measured(folder)
    assert worse == Measures(recognition=0.5, caption_f1=0.5, questions=0.0)
    _answers(monkeypatch, Looks())
    (folder / "questions.json").write_text("[]")
    better = _measured(folder)
    assert better == Measures(recognition=1.0, caption_f1=1.0, questions=None)
    plan = GatePlan(evaluation_set=folder)
    assert decide(worse, better, plan).outcome == "failed"
    assert decide(better, worse, plan).outcome == "not_measured"


def test_photos_are_looked_at_once_for_several_adapters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(monkeypatch, Says("No."))
    said: list[str] = []
    folder = write_set(tmp_path / "set")
    reports = measure_all(Settings(data_dir=tmp_path), None, (None, None), folder, said.append)
    assert [report.recognition.mean for report in reports] == [0.5, 0.5]
    assert said.count("looked at 6 photos") == 1


def test_a_folder_that_holds_no_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadDataset, match=r"database\.json"):
        _measured(tmp_path)
