"""Which models a worker's child answers with, and how it gets them."""

import gc
import sys
from dataclasses import dataclass

from config import Settings
from config.logs import get_logger
from rap_engine.checkpoints import WeightsStore
from rap_engine.engine import Engine
from rap_engine.errors import WeightsMissing
from rap_engine.faces import load_face_reader
from rap_engine.memory import Database
from rap_engine.memory.in_service import put_into_service, serving_or
from rap_engine.profiles import UnknownProfile, load_profile
from workers.host import ModelHost, Service

_log = get_logger(__name__)


def host_of(settings: Settings, database: Database) -> ModelHost:
    """Return the host of a child process; it loads nothing yet."""
    models = _Models(settings, database)
    return ModelHost(models.wanted, models.load, release_memory, settings.model_idle_s)


def release_memory() -> None:
    """Give memory that nothing uses any longer back, the GPU's too if there is one in use."""
    # `starter` has no torch, and a process that never imported it has no memory of the GPU's.
    runtime = sys.modules.get("rap_engine.torch_runtime")
    if runtime is None:
        gc.collect()
    else:
        runtime.release_memory()


@dataclass(frozen=True, slots=True)
class _Models:
    settings: Settings
    database: Database

    def wanted(self) -> Service:
        """Return what is in service now."""
        with self.database.transaction() as session:
            serving = serving_or(session, self.settings.profile)
        adapters = WeightsStore(self.settings.weights_dir).adapters
        return Service(serving.profile, adapters / serving.adapter if serving.adapter else None)

    def load(self, profile: str) -> Engine:
        """Load a profile's engine.

        One that serves while another one is wanted, and cannot be loaded any more, gives way: its
        packages or weights are gone. Its views get keys of the new encoder all the same.
        """
        try:
            return self._engine(profile)
        except (UnknownProfile, WeightsMissing) as error:
            wanted = self.settings.profile
            if profile == wanted:
                raise
            _log.error("profile_gone", profile=profile, serves=wanted, error=str(error))
        engine = self._engine(wanted)
        with self.database.transaction() as session:
            put_into_service(session, wanted)
        return engine

    def _engine(self, profile: str) -> Engine:
        return Engine(
            self.database,
            load_profile(self.settings, profile),
            faces=load_face_reader(self.settings),
        )
