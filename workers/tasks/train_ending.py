"""How a run's work ends: its adapter is taken in, or its row says why not."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from config import Settings
from config.logs import get_logger
from rap_engine.checkpoints import WeightsStore
from rap_engine.checkpoints.adapter_folder import is_adapter
from rap_engine.memory import Database
from rap_engine.training.running.outcome import RunResult
from workers.jobs.outbox import ERROR_LENGTH
from workers.runs.bringing_in import bring_in, put_on_shelf
from workers.runs.consented import all_agree
from workers.runs.folders import RunFolder
from workers.runs.holding import cancelled, fail, finish, held_run, put_back
from workers.runs.outcome import Outcome
from workers.runs.values import RunLease
from workers.tasks.train_preparing import Prepared

_log = get_logger(__name__)
_WITHDREW: Final = "people withdrew what it was made of, again and again; ask for it anew"
_MADE: Final = Path("training", "adapter")
"""Where a run's process leaves its adapter."""
_KEPT: Final = "kept"


def take_in(
    database: Database,
    settings: Settings,
    lease: RunLease,
    folder: RunFolder,
    prepared: Prepared,
    result: RunResult,
) -> Outcome:
    """Take a run's adapter in and end the run, in one commit, and return how it ended.

    Whoever cancels or withdraws waits for that commit or is heard here: nothing is on the shelf
    before the row is locked and looked at. Only `done` is in the row then; the rest is for `end`.

    Raises:
        RunLost: the run is no longer this holder's; nothing was written.
    """
    store = WeightsStore(settings.weights_dir)
    with database.transaction() as session:
        if held_run(session, lease).cancel_asked_by is not None:
            return Outcome("cancelled")
        if not all_agree(session, folder):
            return Outcome("withdrawn")
        report = bring_in(
            session,
            store,
            lease,
            name=put_on_shelf(session, store, lease, result.training.adapter),
            profile=prepared.profile,
            base=prepared.base,
            result=result,
        )
        finish(session, lease, report)
    return Outcome("done", result)


def end(database: Database, lease: RunLease, folder: RunFolder, outcome: Outcome) -> Outcome:
    """Write down how a run ended, and return how it did.

    One that would go on is cancelled where somebody asked for that meanwhile.

    Raises:
        RunLost: the run is no longer this holder's.
    """
    with database.transaction() as session:
        if outcome.goes_on:
            state = put_back(session, lease, was_killed=outcome.ended == "killed")
            return outcome if state == "queued" else replace(outcome, ended="cancelled")
        if outcome.ended == "cancelled":
            cancelled(session, lease)
            return outcome
        held_run(session, lease)
        kept = _keep_adapter(lease, folder)
        told = (outcome.message or _WITHDREW)[: ERROR_LENGTH - len(kept)] + kept
        fail(session, lease, told)
        return replace(outcome, message=told)


def clear(folder: RunFolder) -> None:
    """Delete what a run that has ended left; what cannot be deleted now is left to housekeeping."""
    try:
        is_done = not folder.path.is_dir() or folder.clear_if_left()
    except OSError as error:
        _log.warning("run_folder_not_cleared", run_id=folder.run_id, error=str(error))
    else:
        if not is_done:
            _log.warning("run_folder_in_use", run_id=folder.run_id)


def _keep_adapter(lease: RunLease, folder: RunFolder) -> str:
    """Move what was trained before the run failed to where nobody clears; say where it lies.

    What was made of people's own photos is not kept.
    """
    made = folder.path / _MADE
    if folder.consented.is_dir() or not is_adapter(made):
        return ""
    name = f"{lease.plan.name}-{lease.run_id}-{lease.asked_at:%Y%m%d%H%M%S}"
    place = folder.path.parent / _KEPT / name
    try:
        place.parent.mkdir(exist_ok=True, mode=0o700)
        made.rename(place)
    except OSError as error:
        _log.warning("adapter_not_kept", run_id=lease.run_id, error=str(error))
        return ""
    return (
        f" What it trained is kept in {place}: `rapbot adapter add` takes it in as one that nobody"
        " has measured."
    )
