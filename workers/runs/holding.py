"""A run in the hands of one trainer: taken under a lease, beaten for, ended once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from rap_engine.training.plan import Plan
from rap_engine.training.progress import Progress
from rap_engine.training.running.outcome import faults_of
from workers.runs.errors import RunLost
from workers.runs.queue import KILLS, LOSSES, close_run
from workers.runs.tables import TrainingRun
from workers.runs.telling import tell_ending
from workers.runs.values import RunLease

_UNREADABLE: Final = (
    "Its plan is of another version and cannot be read here: {faults}. Ask for a run anew."
)


def claim(session: Session, run_id: int, lease_s: float) -> RunLease | None:
    """Take a queued run, or one whose trainer is dead; None if it is neither.

    One whose plan this version cannot read is failed: no trainer of ours could ever do it, and
    until it ends no other run may be asked for.
    """
    taken = session.execute(
        update(TrainingRun)
        .where(
            TrainingRun.id == run_id,
            TrainingRun.cancel_asked_by.is_(None),
            or_(
                TrainingRun.state == "queued",
                (TrainingRun.state == "running") & (TrainingRun.leased_until < func.now()),
            ),
        )
        .values(
            state="running",
            attempt=TrainingRun.attempt + 1,
            leased_until=func.now() + timedelta(seconds=lease_s),
            started_at=func.coalesce(TrainingRun.started_at, func.now()),
        )
        .returning(TrainingRun)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if taken is None:
        return None
    try:
        plan = Plan.model_validate(taken.plan)
    except ValidationError as error:
        close_run(taken, "failed", _UNREADABLE.format(faults=faults_of(error)))
        session.flush()
        tell_ending(session, taken.id)
        return None
    return RunLease(
        run_id=taken.id,
        attempt=taken.attempt,
        plan=plan,
        asked_by=taken.asked_by,
        asked_at=taken.created_at,
        losses=tuple((step, loss) for step, loss in taken.report.get(LOSSES, ())),
        kills=taken.report.get(KILLS, 0),
    )


def beat(
    session: Session,
    lease: RunLease,
    lease_s: float,
    progress: Progress | None = None,
    losses: Sequence[tuple[int, float]] = (),
) -> bool:
    """Renew the lease and note how far the run is; say whether somebody asked for its end.

    Args:
        session: the system's own.
        lease: whose.
        lease_s: how long it holds from now on.
        progress: the newest; None leaves what was noted.
        losses: the whole curve; none leaves what was noted.

    Raises:
        RunLost: the run is no longer this holder's.
    """
    row = session.execute(
        update(TrainingRun)
        .where(*_held(lease))
        .values(
            leased_until=func.now() + timedelta(seconds=lease_s),
            **({} if progress is None else _columns(progress)),
            **({} if not losses else {"report": _with_losses(losses)}),
        )
        .returning(TrainingRun.cancel_asked_by)
    ).one_or_none()
    if row is None:
        raise RunLost(lease.run_id)
    return row.cancel_asked_by is not None


def note_consented(session: Session, lease: RunLease, uses: bool) -> None:
    """Note whether photos of people who agreed lie in the run's folder.

    Raises:
        RunLost: the run is no longer this holder's.
    """
    held_run(session, lease).uses_consented = uses
    session.flush()


def finish(session: Session, lease: RunLease, report: dict[str, Any]) -> None:
    """End a run that came to its end.

    Raises:
        RunLost: the run is no longer this holder's; nothing may be committed.
    """
    _end(session, lease, "done", report)


def fail(
    session: Session, lease: RunLease, error: str, report: dict[str, Any] | None = None
) -> None:
    """End a run that cannot go on. Raises as `finish` does."""
    _end(session, lease, "failed", report, error)


def cancelled(session: Session, lease: RunLease, report: dict[str, Any] | None = None) -> None:
    """End a run as somebody asked. Raises as `finish` does."""
    _end(session, lease, "cancelled", report)


def put_back(session: Session, lease: RunLease, *, was_killed: bool = False) -> str:
    """Leave a run to the next trainer, or to this one after its new start.

    One whose end somebody asked for meanwhile ends: no trainer would take it any longer.

    Args:
        session: the system's own.
        lease: whose.
        was_killed: whether the run's process was, which is counted: a stop is no such thing.

    Returns:
        The run's state now: `queued` or `cancelled`.

    Raises:
        RunLost: the run is no longer this holder's.
    """
    run = held_run(session, lease)
    if run.cancel_asked_by is not None:
        cancelled(session, lease)
        return run.state
    run.state = "queued"
    run.leased_until = None
    run.publish_after = func.now()
    if was_killed:
        run.report = {**run.report, KILLS: lease.kills + 1}
    session.flush()
    return run.state


def held_run(session: Session, lease: RunLease) -> TrainingRun:
    """Lock a run's row and return it.

    Raises:
        RunLost: the run is no longer this holder's.
    """
    held = session.scalar(
        select(TrainingRun)
        .where(*_held(lease))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if held is None:
        raise RunLost(lease.run_id)
    return held


def _end(
    session: Session,
    lease: RunLease,
    state: str,
    report: dict[str, Any] | None,
    error: str | None = None,
) -> None:
    run = held_run(session, lease)
    run.report = {**run.report, **(report or {})}
    close_run(run, state, error)
    session.flush()
    tell_ending(session, run.id)


def _columns(progress: Progress) -> dict[str, Any]:
    said: dict[str, Any] = {
        "stage": progress.stage,
        "step": progress.step,
        "steps": progress.steps,
        "seconds_left": progress.seconds_left,
    }
    # A stage that trains nothing says nothing of these: the last ones stay to be read.
    kept = {"loss": progress.loss, "micro_batch": progress.micro_batch}
    return said | {name: value for name, value in kept.items() if value is not None}


def _with_losses(losses: Sequence[tuple[int, float]]) -> Any:
    return TrainingRun.report.op("||")(cast({LOSSES: list(losses)}, JSONB))


def _held(lease: RunLease) -> tuple[Any, ...]:
    return (
        TrainingRun.id == lease.run_id,
        TrainingRun.attempt == lease.attempt,
        TrainingRun.state == "running",
    )
