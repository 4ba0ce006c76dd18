"""What tells one run from another: its plan, its records, and how those are tokenized."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rap_engine.checkpoints.files import read_json, write_json
from rap_engine.training.errors import BadPlan, TrainingError
from rap_engine.training.plan import TrainerPlan
from rap_engine.training.records import Records
from rap_engine.training.starts import start_hash
from rap_engine.training.trainer import checkpoints
from rap_engine.training.trainer.results import Counts

CHECKPOINTS: Final = "checkpoints"
_PLAN, _DATA = "trainer.json", "data.json"
# What may differ when a run goes on: how its work is cut, not what it comes to.
_MAY_DIFFER: Final = {"micro_batch", "gradient_checkpointing", "checkpoint_every"}
_WHAT_TO_DO: Final = "Train into another folder (`--folder`), or delete this one."
_SMALL_FILE: Final = 64 << 20
_ALIVE_EVERY: Final = 1024


def check_same_run(folder: Path, plan: TrainerPlan, data: str) -> None:
    """Check that what a folder has is of this run, if it has anything to go on from.

    Raises:
        BadPlan: it is of another plan.
        TrainingError: it is on other records.
    """
    if checkpoints.newest(folder / CHECKPOINTS) is None:
        return
    # A setting that was not known then had its default.
    before = TrainerPlan().model_dump(mode="json") | (read_json(folder / _PLAN) or {})
    now = plan.model_dump(mode="json")
    differ = [name for name in now if before.get(name) != now[name] and name not in _MAY_DIFFER]
    if differ:
        raise BadPlan(f"{folder} has a run with another {', '.join(differ)}. {_WHAT_TO_DO}")
    said: dict[str, Any] = read_json(folder / _DATA) or {}
    if said.get("sha256") != data:
        raise TrainingError(f"{folder} has a run on other records. {_WHAT_TO_DO}")
    if said.get("start_from") != start_hash(plan.start_from):
        raise TrainingError(f"{folder} has a run that went on from another adapter. {_WHAT_TO_DO}")


def note_run(folder: Path, plan: TrainerPlan, data: str, counts: Counts) -> None:
    """Write what `check_same_run` reads."""
    write_json(folder / _PLAN, plan.model_dump(mode="json"))
    said = {"sha256": data, "start_from": start_hash(plan.start_from), "counts": asdict(counts)}
    write_json(folder / _DATA, said)


def hash_of(records: Records, alive: Callable[[], None]) -> str:
    """Return the SHA-256 of all records, hex; `alive` is called now and then."""
    digest = hashlib.sha256()
    for number in range(len(records)):
        if number % _ALIVE_EVERY == 0:
            alive()
        digest.update(json.dumps(records[number].to_json(), sort_keys=True).encode())
    return digest.hexdigest()


def key_of_lessons(data: str, base: Path, photos: Path, plan: TrainerPlan) -> str:
    """Return what names all that decides how records are tokenized, hex."""
    digest = hashlib.sha256(f"{data} {plan.most_tokens} {plan.teaches} {photos.resolve()}".encode())
    for file in sorted(base.iterdir()):
        if file.is_file() and file.suffix != ".safetensors" and file.stat().st_size < _SMALL_FILE:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
