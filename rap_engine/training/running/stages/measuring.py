"""The stage `measuring`: the adapter beside what serves, on one evaluation set, and the verdict."""

from typing import Any, Final

from rap_engine.evaluation.evaluation_set import EvaluationSet
from rap_engine.evaluation.gallery import opened
from rap_engine.evaluation.report import GenerationReport
from rap_engine.training.gate import Measures, decide, measure_all
from rap_engine.training.progress import Progress
from rap_engine.training.running.outcome import MeasuringResult, TrainingResult
from rap_engine.training.running.stages.stage import Results, Run, Stage


def _asked(run: Run) -> Any:
    serving = run.request.serving
    return [run.plan.gate.model_dump(mode="json"), None if serving is None else str(serving)]


def _measure(run: Run, before: Results) -> dict[str, Any]:
    gate = run.plan.gate
    serving, candidate = Measures(), Measures()
    reports: list[GenerationReport] = []
    if gate.evaluation_set is not None:
        adapter = TrainingResult.from_json(before.get("training")).adapter
        adapters = (run.request.serving, adapter)
        measured = measure_all(
            run.settings,
            run.request.profile,
            adapters,
            gate.evaluation_set,
            lambda _: run.check(),
            run.check,
        )
        for report in measured:
            reports.append(report)
            run.tell(Progress("measuring", step=len(reports), steps=len(adapters)))
            run.check()
        serving, candidate = (Measures.of(each) for each in reports)
    verdict = decide(candidate, serving, gate)
    return MeasuringResult(
        verdict=verdict.outcome,
        reasons=verdict.reasons,
        before=serving.to_json(),
        after=candidate.to_json(),
        beside=None if run.request.serving is None else run.request.serving.name,
        evaluation_set=reports[0].evaluation_set if reports else None,
        reports=tuple(each.to_json() for each in reports),
    ).to_json()


def check_measurable(run: Run) -> None:
    """Look at the evaluation set before hours are spent on what it is to measure.

    Raises:
        BadDataset: something of it is missing or broken, a photo too.
        RunCancelled: the run was told to end.
    """
    folder = run.plan.gate.evaluation_set
    if folder is not None:
        evaluation_set = EvaluationSet.in_folder(folder)
        references = evaluation_set.dataset.references.values()
        for photo in (*evaluation_set.photos, *references):
            run.check()
            opened(photo)


MEASURING: Final = Stage("measuring", _asked, _measure)
