"""A run's adapter becomes one of the adapters that there are, and answers if it may."""

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from rap_engine.checkpoints.store import ADAPTER_FILES, WeightsStore
from rap_engine.memory.in_service import read_serving
from rap_engine.training.errors import TrainingError
from workers.runs.adapters import BY_GATE, promote, register
from workers.runs.refusals import NotPromoted
from workers.runs.values import RunLease


class NoAdapterMade(TrainingError):
    """A run came to its end without an adapter's files."""


def put_on_shelf(store: WeightsStore, made: Path, name: str) -> None:
    """Copy an adapter to the adapters that there are; nobody sees a part of it.

    Raises:
        NoAdapterMade: the folder holds no adapter.
        OSError: there is no room, or no right to write there.
    """
    if not all((made / file).is_file() for file in ADAPTER_FILES):
        raise NoAdapterMade(f"{made} holds no adapter")
    # One level deeper than adapters are looked for.
    incoming = store.adapters / ".incoming" / name
    shutil.rmtree(incoming, ignore_errors=True)
    shutil.copytree(made, incoming)
    target = store.adapters / name
    if target.exists():
        shutil.rmtree(target)  # of this run, which was interrupted here before
    incoming.replace(target)


def bring_in(
    session: Session,
    store: WeightsStore,
    lease: RunLease,
    *,
    name: str,
    profile: str,
    base: str,
    result: dict[str, Any],
) -> dict[str, Any]:
    """Register a run's adapter, let it answer if it passed and the plan says so; return a report.

    An adapter that may not answer for another reason is registered all the same.
    """
    training, measuring = result["training"], result["measuring"]
    register(
        session,
        name=name,
        profile=profile,
        base=base,
        sha256=training["sha256"],
        data={"records": result["records"], "training": training},
        metrics=measuring,
        verdict=measuring["verdict"],
        reasons=measuring["reasons"],
        run_id=lease.run_id,
        made_by=lease.asked_by,
    )
    report = {**result, "adapter": name, "promoted": False}
    if measuring["verdict"] == "passed" and lease.plan.gate.promote:
        try:
            _check_beside(session, profile, name, measuring["beside"])
            promote(session, profile, name, lease.asked_by, BY_GATE, store=store)
            report["promoted"] = True
        except NotPromoted as error:
            report["not_promoted"] = str(error)
    return report


def _check_beside(session: Session, profile: str, name: str, beside: str | None) -> None:
    """Check that what answers now is what the adapter was measured beside.

    Raises:
        NotPromoted: an admin put another one into service while the run went on.
    """
    serving = read_serving(session, locked=True)
    if serving is not None and serving.profile == profile and serving.adapter != beside:
        raise NotPromoted("answers_changed", name, profile)
