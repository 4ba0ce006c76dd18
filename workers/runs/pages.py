"""What is told of a run: codes of the catalogue with their parameters, and the panel's buttons."""

import hashlib
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from rap_engine.memory.in_service import read_serving
from workers.jobs.values import Button, Content
from workers.runs.adapters import returns_to
from workers.runs.measures import measure_params
from workers.runs.refusals import NothingToReturnTo
from workers.runs.tables import Adapter, TrainingRun

UNDER_WAY: Final = "run_page."
"""Codes of pages that will say something else in a moment."""
_OF_VERDICT = {"passed": "kept_out", "failed": "worse", "not_measured": "not_measured"}
"""Codes of what came of a run whose adapter does not answer."""
_STAGES = ("records", "training", "measuring")
_UNKNOWN = "?"
_BAR_CELLS = 20
_NUMBER_BYTES = 7
"""What a button can carry."""
_LONGEST_REASONS = 1_000


def adapter_number(name: str | None) -> int:
    """Return a number that stands for an adapter in a button; 0 for the base alone."""
    if name is None:
        return 0
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:_NUMBER_BYTES])


def page_of(session: Session, run: TrainingRun) -> Content:
    """Return the page of a run: how far it is, or what came of it."""
    if run.finished_at is not None:
        return ending_of(session, run)
    return Content(notice=UNDER_WAY + _code(run), params=_progress(run), buttons=_buttons(run))


def ending_of(session: Session, run: TrainingRun) -> Content:
    """Return what came of a run that has ended, and what can be done about it."""
    adapter = session.scalar(select(Adapter).where(Adapter.run_id == run.id))
    serving = read_serving(session)
    if run.state != "done":
        return _ended(run, run.state, error=run.error or "", by=run.cancel_asked_by or "")
    if adapter is None:
        return _ended(run, "nothing")
    answers = None if serving is None or serving.profile != adapter.profile else serving.adapter
    params = {
        "adapter": adapter.name,
        "reasons": "\n".join(_reasons(run, adapter))[:_LONGEST_REASONS],
        **measure_params(adapter.metrics),
    }
    if answers == adapter.name:
        back = roll_back_button(session, adapter.profile, answers)
        return _ended(run, "in_service", *back, **params)
    use = Button("adm_adapter", f"adm_adapter:{adapter_number(adapter.name)}", adapter.name)
    was_refused = adapter.verdict == "passed" and bool(_refusal(run))
    code = "refused" if was_refused else _OF_VERDICT[adapter.verdict]
    return _ended(run, code, use, **params)


def roll_back_button(session: Session, profile: str, answers: str | None) -> tuple[Button, ...]:
    """Return the button that returns to what answered before; none if nothing did.

    It carries what answers now, so that a second tap on it does not go back twice.
    """
    try:
        target = returns_to(session, profile, answers)
    except NothingToReturnTo:
        return ()
    label = "adm_roll_back_base" if target is None else "adm_roll_back"
    return (Button(label, f"adm_roll_back:{adapter_number(answers)}", target or ""),)


def plan_name(run: TrainingRun) -> str:
    """Return the name of a run's plan."""
    return str(run.plan.get("name", ""))


def moment(at: datetime | None) -> str:
    """Return a point in time, in UTC."""
    return _UNKNOWN if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def span(seconds: float | None) -> str:
    """Return a time span in its two largest units."""
    if seconds is None:
        return _UNKNOWN
    whole = max(0, int(seconds))
    minutes, hours = whole // 60, whole // 3_600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{whole} s"


def _code(run: TrainingRun) -> str:
    if run.state == "queued":
        return "queued"
    if run.cancel_asked_by is not None:
        return "ending"
    if run.stage == "training" and _has_shrunk(run):
        return "training_smaller"
    return run.stage if run.stage in _STAGES else "starting"


def _has_shrunk(run: TrainingRun) -> bool:
    trainer = run.plan.get("trainer", {})
    return run.micro_batch is not None and run.micro_batch < trainer.get("micro_batch", 0)


def _progress(run: TrainingRun) -> dict[str, str]:
    share = min(1.0, run.step / run.steps) if run.steps else 0.0
    filled = int(share * _BAR_CELLS)
    return {
        "run": str(run.id),
        "plan": plan_name(run),
        "by": run.asked_by,
        "at": moment(run.created_at),
        "bar": "█" * filled + "░" * (_BAR_CELLS - filled),
        "percent": str(int(100 * share)),
        "step": f"{run.step:,}",
        "steps": f"{run.steps:,}" if run.steps else _UNKNOWN,
        "loss": _UNKNOWN if run.loss is None else f"{run.loss:.4f}",
        "left": span(run.seconds_left),
        "micro_batch": str(run.micro_batch or _UNKNOWN),
    }


def _buttons(run: TrainingRun) -> tuple[Button, ...]:
    cancel = Button("adm_run_cancel_ask", f"adm_run_cancel_ask:{run.id}")
    return (
        Button("adm_refresh", f"adm_run:{run.id}"),
        *_picture(run),
        *((cancel,) if run.cancel_asked_by is None else ()),
        _all_runs(),
    )


def _ended(run: TrainingRun, code: str, *buttons: Button, **params: str) -> Content:
    known = {"run": str(run.id), "plan": plan_name(run), "at": moment(run.finished_at)}
    shown = (*buttons, *_picture(run), _all_runs())
    return Content(notice=f"run_ended.{code}", params={**known, **params}, buttons=shown)


def _reasons(run: TrainingRun, adapter: Adapter) -> list[str]:
    """Return why an adapter does not answer: what kept it out at the end, or the gate's reasons."""
    refusal = _refusal(run)
    return [refusal] if refusal else adapter.reasons


def _refusal(run: TrainingRun) -> str:
    return str(run.report.get("not_promoted", ""))


def _picture(run: TrainingRun) -> tuple[Button, ...]:
    if run.loss is None:
        return ()
    return (Button("adm_run_loss", f"adm_run_loss:{run.id}"),)


def _all_runs() -> Button:
    return Button("adm_runs", "adm_runs:0")
