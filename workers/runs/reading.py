"""What is known of runs, for whoever shows them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers.runs.errors import NoSuchRun
from workers.runs.tables import TrainingRun

UNFINISHED = ("queued", "running")


def list_runs(session: Session, limit: int = 10, before: int = 0) -> Sequence[TrainingRun]:
    """Return the latest runs, newest first; with `before`, those that are older than that one."""
    query = select(TrainingRun).order_by(TrainingRun.id.desc()).limit(limit)
    if before:
        query = query.where(TrainingRun.id < before)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def read_run(session: Session, run_id: int) -> TrainingRun:
    """Return a run.

    Raises:
        NoSuchRun: there is none of that number.
    """
    run = session.get(TrainingRun, run_id, populate_existing=True)
    if run is None:
        raise NoSuchRun(run_id)
    return run


def unfinished_run(session: Session) -> TrainingRun | None:
    """Return the run that waits or is under way, if there is one."""
    return session.scalar(
        select(TrainingRun)
        .where(TrainingRun.state.in_(UNFINISHED))
        .execution_options(populate_existing=True)
    )


def state_of_run(session: Session, run_id: int) -> str | None:
    """Return a run's state, None where there is no such run."""
    return session.scalar(select(TrainingRun.state).where(TrainingRun.id == run_id))
