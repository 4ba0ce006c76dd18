"""Training runs: asked for by an admin or at night, taken under a lease, ended once."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from rap_engine.memory import after_commit
from rap_engine.training.plan import Plan
from workers.jobs.outbox import ERROR_LENGTH
from workers.jobs.queue import Publisher
from workers.runs.errors import NoSuchRun, RunUnfinished
from workers.runs.reading import unfinished_run
from workers.runs.tables import TrainingRun

TRAIN = "train"
"""The kind of a run's message, which goes to the queue of trainers."""
ASKED_WITH = "asked_with"
"""Part of a run's report: names the state of the data that it was asked for with."""
LOSSES = "losses"
"""Part of a run's report: its loss so far, as points of step and loss."""
KILLS = "kills"
"""Part of a run's report: how often its process was killed, not stopped."""
DEATHS = "deaths"
"""Part of a run's report: how many of its trainers died."""
REPUBLISH_AFTER_S = 20.0
"""First wait before an untaken run is published again."""


def ask_for_run(
    session: Session,
    plan: Plan,
    asked_by: str,
    publisher: Publisher | None = None,
    asked_with: str = "",
) -> int:
    """Make a run, and return its number. Once the transaction is committed its id is published.

    Args:
        session: the system's own.
        plan: what it shall do.
        asked_by: `telegram:123`, `operator` or `schedule`.
        publisher: None leaves it to housekeeping, which looks every few seconds.
        asked_with: names the state of the data, so that the next night can see what is new.

    Raises:
        RunUnfinished: another run waits or is under way.
    """
    wait_s = 0.0 if publisher is None else REPUBLISH_AFTER_S
    run_id: int | None = session.scalar(
        insert(TrainingRun)
        .values(
            plan=plan.model_dump(mode="json"),
            asked_by=asked_by,
            publishes=int(publisher is not None),
            publish_after=func.now() + timedelta(seconds=wait_s),
            report={ASKED_WITH: asked_with} if asked_with else {},
        )
        # Decided by the unique index: whoever looked first could be overtaken.
        .on_conflict_do_nothing()
        .returning(TrainingRun.id)
    )
    if run_id is None:
        other = unfinished_run(session)
        raise RunUnfinished(other.id if other is not None else 0)
    if publisher is not None:
        publish_run(session, publisher, run_id)
    return run_id


def ask_to_cancel(session: Session, run_id: int, by: str) -> str:
    """Ask for a run's end, and return its state then.

    One that nobody works on ends at once; a trainer ends its own within seconds. One that has ended
    stays as it is.

    Raises:
        NoSuchRun: there is none of that number.
    """
    run = _locked(session, run_id)
    if run.state == "queued" or (run.state == "running" and _is_lost(session, run_id)):
        run.cancel_asked_by = by
        close_run(run, "cancelled")
    elif run.state == "running":
        run.cancel_asked_by = run.cancel_asked_by or by
    session.flush()
    return run.state


def close_run(run: TrainingRun, state: str, error: str | None = None) -> None:
    """End a run whose row is locked."""
    run.state = state
    run.error = None if error is None else _storable(error)[:ERROR_LENGTH]
    run.leased_until = None
    run.seconds_left = None
    run.finished_at = func.now()


def _storable(text: str) -> str:
    # A message may quote anything; PostgreSQL keeps neither of these.
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def publish_run(session: Session, publisher: Publisher, run_id: int) -> None:
    """Publish a run's id once the transaction is committed."""
    after_commit(session, lambda: publisher.publish(run_id, TRAIN))


def _locked(session: Session, run_id: int) -> TrainingRun:
    run = session.scalar(
        select(TrainingRun)
        .where(TrainingRun.id == run_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if run is None:
        raise NoSuchRun(run_id)
    return run


def _is_lost(session: Session, run_id: int) -> bool:
    lost = select(TrainingRun.id).where(
        TrainingRun.id == run_id, TrainingRun.leased_until < func.now()
    )
    return session.scalar(lost) is not None
