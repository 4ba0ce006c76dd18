"""What a run's process finds in its folder when it starts. Reads recipes, and loads no model."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config import Settings
from rap_engine.checkpoints import WeightsStore
from rap_engine.memory import Database
from rap_engine.memory.in_service import serving_or
from rap_engine.profiles import Loader
from rap_engine.training.errors import BadPlan
from rap_engine.training.running.graces import NEXT_ATTEMPT_S
from rap_engine.training.running.lifeline import FolderInUse, alone_in
from rap_engine.training.running.request import Request
from workers.runs.bases import base_of
from workers.runs.consented import still_agree, write_consented
from workers.runs.folders import RunFolder
from workers.runs.holding import note_consented
from workers.runs.values import RunLease

_TRY_AGAIN_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run is of: its profile, and what names its base."""

    profile: str
    base: str


def prepare(database: Database, settings: Settings, lease: RunLease, folder: RunFolder) -> Prepared:
    """Write into a run's folder what its process needs; what an earlier attempt made stays.

    Raises:
        BadPlan: the profile has no generator that can be trained.
        WeightsMissing: its weights are not here.
        FolderInUse: an earlier attempt does not end.
        RunLost: the run is no longer this holder's.
    """
    with database.transaction() as session:
        serving = serving_or(session, settings.profile)
    profile = lease.plan.profile or serving.profile
    base = _base_of(settings, profile)
    folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _held(folder.path):
        if not still_agree(database, folder):
            folder.begin_anew()
        uses_consented = lease.plan.records.consented and _see_to_consented(database, folder)
    with database.transaction() as session:
        note_consented(session, lease, uses_consented)
    adapters = WeightsStore(settings.weights_dir).adapters
    answers = serving.adapter if serving.profile == profile else None
    request = Request(
        run=lease.name,
        profile=profile,
        serving=None if answers is None else adapters / answers,
        consented=folder.consented if uses_consented else None,
    )
    request.write(folder.path, lease.plan)
    return Prepared(profile, base)


def _base_of(settings: Settings, profile: str) -> str:
    loader = Loader.of(settings, profile)
    base = base_of(loader.recipe, loader.store)
    if base is None:
        raise BadPlan(
            f"The profile {profile} has no language model of its own to train: name one that has"
            " in the plan, `profile = ...`."
        )
    loader.check()
    return base


def _see_to_consented(database: Database, folder: RunFolder) -> bool:
    """Write down what people agreed to; say whether there is anything."""
    with database.transaction() as session:
        write_consented(session, folder)
    return folder.consented.is_dir()


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    patient_until = time.monotonic() + NEXT_ATTEMPT_S
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(alone_in(folder))
                break
            except FolderInUse:
                if time.monotonic() > patient_until:
                    raise
                time.sleep(_TRY_AGAIN_S)
        yield
