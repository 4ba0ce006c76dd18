"""What housekeeping does for a run that nobody works on."""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from workers.jobs.queue import Publisher
from workers.runs.queue import DEATHS, REPUBLISH_AFTER_S, close_run, publish_run
from workers.runs.tables import TrainingRun
from workers.runs.telling import tell_ending

MOST_DEATHS: Final = 8
"""Trainers that may die of one run. A run takes hours to days, in which machines are started anew:
more than a job has."""
# Up to 21 minutes: without a trainer a run waits for as long as it takes, and so do its messages.
_LONGEST_WAIT_DOUBLINGS = 6


def recover_runs(
    session: Session, publisher: Publisher, most_deaths: int = MOST_DEATHS
) -> list[int]:
    """Publish a run whose message was lost or whose trainer died; end a hopeless one.

    Several housekeepers may run at once: each locks the rows that it looks at.

    Returns:
        The numbers of runs that were published again or ended.
    """
    runs = session.scalars(
        select(TrainingRun)
        .where(
            or_(
                (TrainingRun.state == "queued") & (TrainingRun.publish_after <= func.now()),
                (TrainingRun.state == "running") & (TrainingRun.leased_until < func.now()),
            )
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for run in runs:
        deaths = _deaths(run)
        if run.cancel_asked_by is not None:
            _end(session, run, "cancelled")
        elif run.state == "running" and deaths >= most_deaths:
            _end(session, run, "failed", f"its trainer died {deaths} times; is memory short?")
        else:
            _publish_again(session, publisher, run)
    return [run.id for run in runs]


def _deaths(run: TrainingRun) -> int:
    """Note the death of a run's trainer, if it died, and return how many did."""
    deaths: int = run.report.get(DEATHS, 0)
    if run.state == "running":
        deaths += 1
        run.report = {**run.report, DEATHS: deaths}
    return deaths


def _publish_again(session: Session, publisher: Publisher, run: TrainingRun) -> None:
    wait_s = REPUBLISH_AFTER_S * 2 ** min(run.publishes, _LONGEST_WAIT_DOUBLINGS)
    run.state = "queued"
    run.leased_until = None
    run.publishes += 1
    run.publish_after = func.now() + timedelta(seconds=wait_s)
    publish_run(session, publisher, run.id)


def _end(session: Session, run: TrainingRun, state: str, error: str | None = None) -> None:
    close_run(run, state, error)
    session.flush()
    tell_ending(session, run.id)
