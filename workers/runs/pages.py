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
ENDED: Final = "run_ended."
"""Codes of what came of a run."""
_OF_VERDICT = {"passed": "kept_out", "failed": "did_not_pass", "not_measured": "not_measured"}
"""Codes of what came of a run whose adapter does not answer."""
_STAGES = ("records", "training", "measuring")
_UNTIMED: Final = "_untimed"
"""Ends the code of a page that does not know yet how long its stage takes."""
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
    adapter = _adapter_of(session, run)
    code = _what_came(session, run, adapter)
    if adapter is None or run.state != "done":
        return _ended(run, code, error=run.error or "", by=run.cancel_asked_by or "")
    params = {
        "adapter": adapter.name,
        "reasons": _refusal(run)[:_LONGEST_REASONS] or reasons_of(adapter),
        **measure_params(adapter.metrics),
    }
    if code == "in_service":
        back = roll_back_button(session, adapter.profile, adapter.name)
        return _ended(run, code, *back, **params)
    use = Button("adm_adapter", f"adm_adapter:{adapter_number(adapter.name)}", adapter.name)
    return _ended(run, code, use, **params)


def what_came_of(session: Session, run: TrainingRun) -> str:
    """Return how far a run is in one word, and for one that is done what its adapter does.

    A run's state, or of one that is done `in_service`, `kept_out`, `refused`, `did_not_pass`,
    `not_measured` or `nothing`.
    """
    return _what_came(session, run, _adapter_of(session, run))


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


def reasons_of(adapter: Adapter) -> str:
    """Return the gate's reasons, a line each."""
    return "\n".join(adapter.reasons)[:_LONGEST_REASONS]


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


def _adapter_of(session: Session, run: TrainingRun) -> Adapter | None:
    return session.scalar(select(Adapter).where(Adapter.run_id == run.id))


def _what_came(session: Session, run: TrainingRun, adapter: Adapter | None) -> str:
    if run.state != "done":
        return run.state
    if adapter is None:
        return "nothing"
    serving = read_serving(session)
    answers = None if serving is None or serving.profile != adapter.profile else serving.adapter
    if answers == adapter.name:
        return "in_service"
    was_refused = adapter.verdict == "passed" and bool(_refusal(run))
    return "refused" if was_refused else _OF_VERDICT[adapter.verdict]


def _code(run: TrainingRun) -> str:
    if run.state == "queued":
        return "queued"
    if run.cancel_asked_by is not None:
        return "ending"
    if run.stage not in _STAGES:
        return "starting"
    if not run.step:
        return f"{run.stage}_begins"
    if not run.steps:
        return f"{run.stage}_counted"
    shrunk = "_smaller" if run.stage == "training" and _has_shrunk(run) else ""
    return run.stage + shrunk + ("" if run.seconds_left is not None else _UNTIMED)


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
    return Content(notice=ENDED + code, params={**known, **params}, buttons=shown)


def _refusal(run: TrainingRun) -> str:
    """Return what kept an adapter out at the end that passed the gate."""
    return str(run.report.get("not_promoted", ""))


def _picture(run: TrainingRun) -> tuple[Button, ...]:
    if run.loss is None:
        return ()
    return (Button("adm_run_loss", f"adm_run_loss:{run.id}"),)


def _all_runs() -> Button:
    return Button("adm_runs", "adm_runs:0")
