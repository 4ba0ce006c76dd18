"""A run at night, if something is new since the last one that was asked for."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from rap_engine.memory.consent import consented_view_ids
from rap_engine.training.fingerprint import fingerprint
from rap_engine.training.plan import Plan
from workers.jobs.queue import Publisher
from workers.runs.queue import ASKED_WITH, ask_for_run
from workers.runs.reading import list_runs, unfinished_run

SCHEDULE: Final = "schedule"
_WINDOW: Final = timedelta(hours=1)
"""How late a run may begin. A machine that was off at night does not train in the morning."""
_A_NIGHT: Final = timedelta(hours=12)
"""One run a night, whatever becomes new in its hour."""
_LOOKED_AT: Final = 100
_ENDED_WELL: Final = ("done", "cancelled")


def is_time(train_at: str, now: datetime) -> bool:
    """Say whether it is the hour in which a run may begin. `now` is in UTC."""
    begins = datetime.combine(now.date(), time.fromisoformat(train_at), UTC)
    # The hour after 23:30 ends on the next day.
    return any(timedelta() <= now - each < _WINDOW for each in (begins, begins - timedelta(days=1)))


def ask_at_night(session: Session, publisher: Publisher, plan: Plan) -> int | None:
    """Ask for a run unless one is unfinished or nothing is new; return its number.

    New is another plan, what people agreed to since, and what changed in the sources' folders.
    """
    state = fingerprint([plan.model_dump(mode="json"), *_state(session, plan)])
    asked = [run for run in list_runs(session, _LOOKED_AT) if run.asked_by == SCHEDULE]
    if asked and datetime.now(UTC) - asked[0].created_at < _A_NIGHT:
        return None
    # One that failed has made nothing of what was new: the next night tries again.
    seen = next((run for run in asked if run.state in _ENDED_WELL), None)
    if seen is not None and seen.report.get(ASKED_WITH) == state:
        return None
    if unfinished_run(session) is not None:
        return None
    return ask_for_run(session, plan, SCHEDULE, publisher, asked_with=state)


def _state(session: Session, plan: Plan) -> Iterator[object]:
    if plan.records.consented:
        yield sorted(consented_view_ids(session))
    for source in plan.records.sources:
        yield list(_entries(source.folder))


def _entries(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Yield what lies in a folder. Deeper down there may be millions of photos."""
    if folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                try:
                    status = entry.stat()
                except OSError:  # a link to nowhere: no photo is lost with it
                    continue
                yield entry.name, status.st_mtime_ns, status.st_size
