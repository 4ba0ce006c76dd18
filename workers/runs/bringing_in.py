"""A run's adapter becomes one of the adapters that there are, and answers if it may."""

from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from rap_engine.checkpoints.adapter_folder import is_adapter
from rap_engine.checkpoints.store import WeightsStore
from rap_engine.memory.in_service import read_serving
from rap_engine.training.errors import TrainingError
from rap_engine.training.running.outcome import RunResult
from workers.runs.adapters import BY_GATE, find_adapter, promote, register
from workers.runs.refusals import AdapterKnown, NotPromoted
from workers.runs.shelf import shelve
from workers.runs.values import RunLease


class NoAdapterMade(TrainingError):
    """A run came to its end without an adapter's files."""


def put_on_shelf(session: Session, store: WeightsStore, lease: RunLease, made: Path) -> str:
    """Copy a run's adapter to the adapters that there are, and return its name there.

    It is the plan's name with the run's number, and one more number where another adapter has that:
    a fresh database counts runs from 1 again beside an old weights folder.

    The run's row must be locked: what is copied there is never written over.

    Raises:
        NoAdapterMade: the folder holds no adapter.
        DiskFull: there is no room.
        OSError: there is no right to write there.
    """
    if not is_adapter(made):
        raise NoAdapterMade(
            f"The run ended without an adapter: {made} holds none. Ask for it anew."
        )
    first = f"{lease.plan.name}-{lease.run_id}"
    for number in count(1):
        name = first if number == 1 else f"{first}-{number}"
        if _is_of_another(session, lease, name):
            continue
        try:
            shelve(store, made, name)
        except AdapterKnown:
            continue
        break
    return name


def bring_in(
    session: Session,
    store: WeightsStore,
    lease: RunLease,
    *,
    name: str,
    profile: str,
    base: str,
    result: RunResult,
) -> dict[str, Any]:
    """Register a run's adapter, let it answer if it passed and the plan says so; return a report.

    An adapter that may not answer for another reason is registered all the same.
    """
    training, measuring = result.training, result.measuring
    register(
        session,
        name=name,
        profile=profile,
        base=base,
        sha256=training.sha256,
        data={"records": result.records.to_json(), "training": training.to_json()},
        metrics=measuring.to_json(),
        verdict=measuring.verdict,
        reasons=measuring.reasons,
        run_id=lease.run_id,
        made_by=lease.asked_by,
    )
    report = {**result.to_json(), "adapter": name, "promoted": False}
    if measuring.verdict == "passed" and lease.plan.gate.promote:
        try:
            _check_beside(session, profile, name, measuring.beside)
            promote(session, profile, name, lease.asked_by, BY_GATE, store=store)
            report["promoted"] = True
        except NotPromoted as error:
            report["not_promoted"] = str(error)
    return report


def _is_of_another(session: Session, lease: RunLease, name: str) -> bool:
    """Say whether another adapter is registered by a name, whether or not its files are there."""
    known = find_adapter(session, name)
    return known is not None and known.run_id != lease.run_id


def _check_beside(session: Session, profile: str, name: str, beside: str | None) -> None:
    """Check that what answers now is what the adapter was measured beside.

    Raises:
        NotPromoted: an admin put another one into service while the run went on.
    """
    serving = read_serving(session, locked=True)
    if serving is not None and serving.profile == profile and serving.adapter != beside:
        raise NotPromoted("answers_changed", name, profile)
