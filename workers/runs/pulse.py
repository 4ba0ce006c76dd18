"""Keeps a run's lease alive, and hears in time that its work is to be left."""

import math
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from config.logs import get_logger
from rap_engine.memory import Database
from rap_engine.memory.gist import gist_of
from rap_engine.training.progress import Progress
from workers.runs.errors import RunLost
from workers.runs.holding import beat
from workers.runs.losses import LossCurve
from workers.runs.telling import tell_progress
from workers.runs.values import RunLease

_log = get_logger(__name__)
_BEATS_PER_LEASE = 4

Wish = Literal["cancel", "lost"]
"""Somebody asked for the run's end, or another trainer has it."""


@dataclass(slots=True)
class Pulse:
    """Beats from a thread for as long as the block lasts; tells the row, and who follows it.

    A beat that fails is only told, and what it was to write is dropped, for that may be why: the
    next may succeed, and if none does the lease runs out and the run's end is refused.

    Attributes:
        wish: Why the work is to be left; None as long as it goes on.
    """

    database: Database
    lease: RunLease
    lease_s: float
    wish: Wish | None = None
    _progress: Progress | None = None
    _curve: LossCurve = field(default_factory=LossCurve)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._curve.points = list(self.lease.losses)
        name = f"pulse-{self.lease.run_id}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        assert self._thread is not None  # noqa: S101  it was started
        self._thread.join()

    def tell(self, progress: Progress) -> None:
        """Take the newest progress; the next beat writes it down."""
        self._progress = progress
        if progress.loss is not None and math.isfinite(progress.loss):
            self._curve.add(progress.step, progress.loss)

    def _run(self) -> None:
        while not self._ended.wait(self.lease_s / _BEATS_PER_LEASE):
            try:
                self.beat()
            except OperationalError as error:
                self._warn(gist_of(error))
            except Exception as error:  # noqa: BLE001  without a pulse the run is lost
                is_quoting = isinstance(error, SQLAlchemyError)
                self._warn(gist_of(error) if is_quoting else type(error).__name__)
                self._progress = None
            if self.wish == "lost":
                return

    def _warn(self, error: str) -> None:
        _log.warning("run_beat_failed", run_id=self.lease.run_id, error=error)

    def beat(self) -> None:
        """Write down how far the run is, and hear whether it is to go on."""
        progress, losses = self._progress, tuple(self._curve.points)
        try:
            with self.database.transaction() as session:
                is_cancelled = beat(session, self.lease, self.lease_s, progress, losses)
                tell_progress(session, self.lease.run_id)
        except RunLost:
            _log.warning("run_lost", run_id=self.lease.run_id, attempt=self.lease.attempt)
            self.wish = "lost"
            return
        if is_cancelled:
            self.wish = "cancel"
