"""What a worker's parent process does besides handing out tasks."""

from collections.abc import Callable
from typing import Any

from celery import bootsteps
from sqlalchemy.exc import SQLAlchemyError

from config import Settings
from config.logs import get_logger
from rap_engine.memory import Database
from workers.publish import CeleryPublisher
from workers.tasks.housekeeping import Housekeeper

_log = get_logger(__name__)
_ERASE_EVERY_S = 600.0


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
        raise ValueError("RAPBOT_DATABASE_URL is not set; `rapbot up` sets it for what it starts")
    housekeeper = Housekeeper(
        Database(settings.database_url.get_secret_value(), pool_size=0),
        CeleryPublisher.connect(settings),
        settings.job_max_attempts,
    )

    chores = (
        (settings.housekeeping_interval_s, _undisturbed(housekeeper.tidy)),
        (_ERASE_EVERY_S, _undisturbed(housekeeper.erase)),
    )

    class Housekeeping(bootsteps.StartStopStep):  # type: ignore[misc]
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def __init__(self, consumer: Any, **options: Any) -> None:
            super().__init__(consumer, **options)
            self._entries: list[Any] = []

        def start(self, consumer: Any) -> None:
            self._entries = [consumer.timer.call_repeatedly(*chore) for chore in chores]

        def stop(self, _consumer: Any) -> None:
            while self._entries:
                self._entries.pop().cancel()

    return Housekeeping
