"""Adapters in a weights folder, registered or not; their weights are a few words."""

from pathlib import Path

from rap_engine.checkpoints.store import WeightsStore
from rap_engine.memory import Database
from rap_engine.memory.in_service import read_serving
from workers.runs.adapters import (
    BY_GATE,
    Verdict,
    promote,
    register,
    roll_back,
)
from workers.runs.admission import sha256_on_shelf
from workers.runs.refusals import NothingToReturnTo, NotPromoted

PROFILE = "rap-llava"
MEASURES = {
    "before": {"recognition": 0.91, "caption_f1": 0.8, "questions": None},
    "after": {"recognition": 0.93, "caption_f1": "nan", "questions": 0.5},
}


def write_adapter(store: WeightsStore, name: str, content: bytes | None = None) -> Path:
    folder = store.adapters / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(content or name.encode())
    return folder


def know(
    database: Database,
    store: WeightsStore,
    name: str,
    verdict: Verdict = "passed",
    *,
    profile: str = PROFILE,
    run_id: int | None = None,
    made_by: str = "operator",
) -> None:
    """Write an adapter and register it."""
    write_adapter(store, name)
    sha256 = sha256_on_shelf(store, name)
    assert sha256 is not None
    with database.transaction() as session:
        register(
            session,
            name=name,
            profile=profile,
            base="tests/base@1",
            sha256=sha256,
            data={"records": {"count": 12}},
            metrics=MEASURES if verdict != "not_measured" else {},
            verdict=verdict,
            reasons=("Recognition: 0.930, beside 0.910 of what serves.",),
            run_id=run_id,
            made_by=made_by,
        )


def answering(database: Database) -> str | None:
    with database.transaction() as session:
        serving = read_serving(session)
    assert serving is not None
    return serving.adapter


def put(
    database: Database, store: WeightsStore, name: str | None, *, despite: bool = False
) -> bool:
    with database.transaction() as session:
        return promote(session, PROFILE, name, "telegram:7", BY_GATE, store=store, despite=despite)


def refused(database: Database, store: WeightsStore, name: str | None, **how: bool) -> str:
    """Return why an adapter does not come into service."""
    try:
        put(database, store, name, **how)
    except NotPromoted as error:
        return error.reason
    raise AssertionError(f"{name} came into service")


def take_back(database: Database, store: WeightsStore) -> str | None:
    with database.transaction() as session:
        return roll_back(session, PROFILE, "telegram:7", store=store)


def has_nothing_to_return_to(database: Database, store: WeightsStore) -> bool:
    try:
        take_back(database, store)
    except NothingToReturnTo:
        return True
    return False
