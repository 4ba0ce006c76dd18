"""Whether a trained adapter may answer: measured beside what serves, on one evaluation set.

A worse one never gets in by itself, and one that was not measured neither.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from config import Settings
from rap_engine.evaluation.asker import Check, nothing
from rap_engine.evaluation.evaluation_set import EvaluationSet
from rap_engine.evaluation.gallery import Progress
from rap_engine.evaluation.generation import Exam
from rap_engine.evaluation.report import GenerationReport
from rap_engine.profiles import Loader
from rap_engine.training.plan import GatePlan

Outcome = Literal["passed", "failed", "not_measured"]

# Shares are fractions; a fall by just what the plan allows is not one by more.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Measures:
    """What the gate looks at, 0..1: None where it could not be measured, NaN for a broken model."""

    recognition: float | None = None
    caption_f1: float | None = None
    questions: float | None = None

    @classmethod
    def of(cls, report: GenerationReport) -> Self:
        """Take them from a report.

        Recognition is NaN for a model whose log odds are no numbers, whatever its words were.
        """
        is_broken = report.recognition.not_numbers > 0
        return cls(
            recognition=math.nan if is_broken else report.recognition.mean,
            caption_f1=report.captions.f1,
            questions=report.questions.mean,
        )

    def to_json(self) -> dict[str, Any]:
        """Return their JSON, NaN as a word."""
        return {
            "recognition": _as_json(self.recognition),
            "caption_f1": _as_json(self.caption_f1),
            "questions": _as_json(self.questions),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says, and why: a sentence a measure."""

    outcome: Outcome
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    candidate: float | None
    serving: float | None
    may_fall: float
    least: float = 0.0


def decide(candidate: Measures, serving: Measures, plan: GatePlan) -> Verdict:
    """Say whether an adapter may take the place of what serves.

    A number that is none fails, and so does a measure that fell by more than the plan allows, or
    recognition below its floor. A measure that is missing on either side leaves it not measured,
    unless another one fails.
    """
    if plan.evaluation_set is None:
        return Verdict("not_measured", ("The plan names no evaluation set.",))
    judged = [_judge(rule) for rule in _rules(candidate, serving, plan)]
    outcomes = {outcome for outcome, _ in judged}
    worst: Outcome = "passed"
    if "failed" in outcomes:
        worst = "failed"
    elif "not_measured" in outcomes:
        worst = "not_measured"
    return Verdict(worst, tuple(reason for _, reason in judged))


def measure_all(
    settings: Settings,
    profile: str | None,
    adapters: tuple[Path | None, ...],
    evaluation_set: Path,
    progress: Progress,
    check: Check = nothing,
) -> Iterator[GenerationReport]:
    """Measure adapters of a profile, its models loaded and the photos looked at once.

    Needs no database. `Measures.of` takes from a report what `decide` looks at.

    Args:
        settings: name the device, and where weights are.
        profile: another one than the settings'.
        adapters: their folders; None is the base alone.
        evaluation_set: folder with `database.json`, `queries.json` and, if there are any,
            `strangers.json` and `questions.json`.
        progress: told what was done.
        check: called before each question; what it raises ends the measuring.

    Raises:
        BadDataset: the folder holds no evaluation set, or a broken one.
        WeightsError: the profile cannot be loaded, or a folder holds no adapter of its base.
        OutOfMemory: the device has no room for one question.
    """
    asked = EvaluationSet.in_folder(evaluation_set)
    exam = Exam.load(Loader.of(settings, profile), asked, progress=progress, check=check)
    for adapter in adapters:
        yield exam.measure(adapter=adapter)


def _rules(candidate: Measures, serving: Measures, plan: GatePlan) -> tuple[_Rule, ...]:
    return (
        _Rule(
            "Recognition",
            candidate.recognition,
            serving.recognition,
            plan.recognition,
            plan.least_recognition,
        ),
        _Rule("F1 of captions", candidate.caption_f1, serving.caption_f1, plan.caption_f1),
        _Rule("Questions", candidate.questions, serving.questions, plan.questions),
    )


def _judge(rule: _Rule) -> tuple[Outcome, str]:
    candidate, serving = rule.candidate, rule.serving
    if candidate is not None and not math.isfinite(candidate):
        return "failed", f"{rule.name}: the model gives no numbers."
    if candidate is not None and candidate < rule.least:
        return "failed", f"{rule.name}: {candidate:.3f}, below the least of {rule.least:.3f}."
    if candidate is None:
        return "not_measured", f"{rule.name}: not measured."
    # What serves may be the broken one: anything with numbers is better.
    if serving is None:
        return "not_measured", f"{rule.name}: {candidate:.3f}; what serves was not measured."
    beside = f"{rule.name}: {candidate:.3f}, beside {serving:.3f} of what serves"
    if candidate < serving - rule.may_fall - _ROUNDING:
        return "failed", f"{beside}; it may fall by {rule.may_fall:.3f}."
    return "passed", f"{beside}."


def _as_json(value: float | None) -> float | str | None:
    return "nan" if value is not None and math.isnan(value) else value
