"""Reembed: views that lack keys of the wanted encoder get them, a few at a time.

A round is a task of its own, and calls for the next one at its end: a question that came meanwhile
is ahead of that in the queue. Housekeeping calls for a round where none is under way, so that the
message may be lost.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from billiard.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import OperationalError

from config.logs import get_logger
from rap_engine.encode import Encoder
from rap_engine.errors import RapError
from rap_engine.memory import Database, after_commit
from rap_engine.memory.in_service import carry_on, is_called_for
from rap_engine.reembedding import Pace, Plan, settle
from workers.host import Alarm, ModelHost, daemon_timer
from workers.jobs.queue import Publisher

REEMBED = "reembed"
_IDLE_S = 60.0
_log = get_logger(__name__)


@dataclass(slots=True)
class Reembedder:
    """Embeds in one child process, with an encoder beside the models that serve.

    Where what serves lacks keys itself, its own encoder is borrowed from the host.

    Attributes:
        encoder_of: returns the name of a profile's encoder.
        load: loads a profile's encoder.
        alarm: lets go of the encoder where the following rounds are in other processes.
    """

    database: Database
    publisher: Publisher
    host: ModelHost
    encoder_of: Callable[[str], str]
    load: Callable[[str], Encoder]
    alarm: Callable[[float, Callable[[], None]], Alarm] = daemon_timer
    pace: Pace = field(default_factory=Pace)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _encoder: Encoder | None = None
    _idle: Alarm | None = None

    def run(self, number: int) -> None:
        """Run one round; what goes wrong is told in the log and tried again later.

        Args:
            number: the round's, from the message; that of an old message does nothing.
        """
        try:
            self._run(number)
        except (RapError, SoftTimeLimitExceeded) as error:
            _log.error("reembedding_failed", error=repr(error))
        except OperationalError as error:
            _log.warning("reembedding_interrupted", error=str(error))

    def rest(self) -> None:
        """Let go of the encoder, unless a round is using it."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._let_go()
        finally:
            self._lock.release()

    def _run(self, number: int) -> None:
        with self.database.transaction() as session:
            if not is_called_for(session, number):
                return
            plan = settle(session, self.encoder_of)
        if plan is None:
            self.rest()
        elif self._embed(plan):
            self._call_again(number)

    def _call_again(self, number: int) -> None:
        with self.database.transaction() as session:
            if carry_on(session, number):
                after_commit(session, lambda: self.publisher.publish(number, REEMBED))

    def _embed(self, plan: Plan) -> int:
        if plan.profile == plan.serving:
            return self.host.serve(
                lambda engine: self.pace.embed(self.database, engine.profile.encoder)
            )
        with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            try:
                return self.pace.embed(self.database, self._ready(plan))
            finally:
                self._idle = self.alarm(_IDLE_S, self.rest)
                self._idle.start()

    def _ready(self, plan: Plan) -> Encoder:
        if self._encoder is None or self._encoder.name != plan.encoder:
            self._let_go()
            self._encoder = self.load(plan.profile)
            _log.info("encoder_loaded", encoder=self._encoder.name)
        return self._encoder

    def _let_go(self) -> None:
        if self._encoder is not None:
            _log.info("encoder_unloaded", encoder=self._encoder.name)
            self._encoder = None
            self.host.release()
