"""The models of one worker process: loaded when needed, exchanged, let go of."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from config.logs import get_logger
from rap_engine.engine import Engine
from rap_engine.errors import BadAdapter, OutOfMemory
from rap_engine.generate import Adaptable

_log = get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Service:
    """What this process shall answer with. `adapter` is a folder; None is the base alone."""

    profile: str
    adapter: Path | None = None


class Alarm(Protocol):
    """A call that comes later, unless it is cancelled; `threading.Timer` is one."""

    def start(self) -> None: ...  # noqa: D102
    def cancel(self) -> None: ...  # noqa: D102


def daemon_timer(seconds: float, action: Callable[[], None]) -> Alarm:
    """Return a timer that does not keep the process alive."""
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    return timer


@dataclass(slots=True)
class ModelHost:
    """Lends an engine to one job at a time.

    Attributes:
        wanted: says, before each job, what to answer with.
        load: loads a profile's engine, or another in its place; takes seconds to minutes.
        release: gives the device's unused memory back.
        idle_s: seconds without a job after which the models are let go of; 0 keeps them.
    """

    wanted: Callable[[], Service]
    load: Callable[[str], Engine]
    release: Callable[[], None]
    idle_s: float = 0.0
    alarm: Callable[[float, Callable[[], None]], Alarm] = daemon_timer
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _engine: Engine | None = None
    _profile: str | None = None
    _adapter: "_Adapter | None" = None
    _refused: "_Adapter | None" = None
    _idle: Alarm | None = None

    def serve(self, work: Callable[[Engine], T]) -> T:
        """Do a job's work with the engine; out of memory, once more and smaller.

        Args:
            work: may run twice, so it commits at its end or not at all.

        Raises:
            OutOfMemory: the smaller attempt had no room either; the next job may have.
            RapError: the profile cannot be loaded.
        """
        with self._lent() as engine:
            try:
                return work(engine)
            except OutOfMemory as error:
                _log.warning("out_of_memory", profile=self._profile, error=str(error))
            self.release()
            return work(engine.frugal())

    def warm_up(self) -> None:
        """Load what is wanted before somebody waits for it.

        Raises:
            RapError: the profile cannot be loaded.
        """
        with self._lent():
            pass

    def unload(self) -> None:
        """Let go of the models, unless a job is using them."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._engine is not None:
                self._engine.close()
                _log.info("models_unloaded", profile=self._profile)
            self._engine = self._profile = self._adapter = self._refused = None
            self.release()
        finally:
            self._lock.release()

    @contextmanager
    def _lent(self) -> Iterator[Engine]:
        with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            try:
                yield self._ready(self.wanted())
            finally:
                if self.idle_s:
                    self._idle = self.alarm(self.idle_s, self.unload)
                    self._idle.start()

    def _ready(self, service: Service) -> Engine:
        if self._engine is None or self._profile != service.profile:
            # Two language models at once would not fit: the old one goes first.
            self.unload()
            self._engine = self.load(service.profile)
            self._profile = self._engine.profile.name
            _log.info("models_loaded", profile=self._profile)
        self._adapt(self._engine, service.adapter)
        return self._engine

    def _adapt(self, engine: Engine, folder: Path | None) -> None:
        """Put the wanted adapter on; one that is not right is told once and leaves the last on."""
        generator, wanted = engine.profile.generator, _Adapter.of(folder)
        if wanted != self._refused:
            self._refused = None
        if not isinstance(generator, Adaptable) or wanted == self._adapter or self._refused:
            return
        try:
            generator.use_adapter(folder)
            self._adapter = wanted
            _log.info("adapter_in_use", adapter=generator.adapter)
        except (BadAdapter, OutOfMemory) as error:
            self._refused = wanted
            _log.error("adapter_refused", adapter=str(folder), error=str(error))


@dataclass(frozen=True, slots=True)
class _Adapter:
    """An adapter as it lay in its folder at a time: one that is written anew is another one."""

    folder: Path
    written_ns: tuple[int, ...]

    @classmethod
    def of(cls, folder: Path | None) -> "_Adapter | None":
        if folder is None:
            return None
        files = sorted(folder.glob("adapter_*")) if folder.is_dir() else []
        return cls(folder, tuple(file.stat().st_mtime_ns for file in files))
