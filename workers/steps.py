"""What a worker's parent process does besides handing out tasks."""

from collections.abc import Callable
from functools import partial
from typing import Any

from celery import bootsteps
from sqlalchemy.exc import SQLAlchemyError

from config import Settings
from config.logs import get_logger
from rap_engine.errors import NotConfigured
from rap_engine.memory import Database
from rap_engine.reembedding import encoder_name
from workers.jobs.retention import Keep
from workers.publish import CeleryPublisher
from workers.tasks.housekeeping import Housekeeper, KeyKeeper

_log = get_logger(__name__)
_ERASE_EVERY_S = 600.0
_LOCK_WAIT_S = 1.0
_LOOKS_FOR_JOBS_A_LOOK_AT_KEYS = 6
"""Jobs have a person who waits, and are found by an index; missing keys are counted."""


def _undisturbed(chore: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            chore()
        except SQLAlchemyError as error:
            _log.warning("housekeeping_failed", error=str(error))

    return run


def housekeeping_step(settings: Settings) -> type[bootsteps.StartStopStep]:
    """Return the consumer step that keeps house on the worker's own timer.

    A timer and not a task: a queue full of long jobs must not keep lost ones from being found.
    And not a thread: the parent forks children at any time.
    """
    if settings.database_url is None:
        raise NotConfigured(
            "RAPBOT_DATABASE_URL is not set; `rapbot up` sets it for what it starts"
        )
    url = settings.database_url.get_secret_value()
    # Whoever locks a table must not keep the parent from handing out tasks.
    database = Database(url, pool_size=0, lock_wait_s=_LOCK_WAIT_S)
    publisher = CeleryPublisher.connect(settings)
    housekeeper = Housekeeper(database, publisher, settings.job_max_attempts, Keep.of(settings))
    keeper = KeyKeeper(database, publisher, settings.profile, partial(encoder_name, settings))
    often = settings.housekeeping_interval_s
    chores = (
        (often, _undisturbed(housekeeper.tidy)),
        (_ERASE_EVERY_S, _undisturbed(housekeeper.erase)),
        (often * _LOOKS_FOR_JOBS_A_LOOK_AT_KEYS, _undisturbed(keeper.look)),
    )

    class Housekeeping(bootsteps.StartStopStep):  # type: ignore[misc]
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def __init__(self, consumer: Any, **options: Any) -> None:
            super().__init__(consumer, **options)
            self._entries: list[Any] = []

        def start(self, consumer: Any) -> None:
            # Before the models are loaded, for these may be others then.
            _undisturbed(keeper.look)()
            self._entries = [consumer.timer.call_repeatedly(*chore) for chore in chores]

        def stop(self, _consumer: Any) -> None:
            while self._entries:
                self._entries.pop().cancel()

    return Housekeeping
