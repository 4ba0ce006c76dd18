"""What a worker's parent process does besides handing out tasks."""

from typing import Any

from celery import bootsteps
from sqlalchemy.exc import SQLAlchemyError

from config import Settings
from config.logs import get_logger
from rap_engine.memory import Database
from workers.publish import CeleryPublisher
from workers.tasks.housekeeping import Housekeeper

_log = get_logger(__name__)


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

    def tidy() -> None:
        try:
            housekeeper.tidy()
        except SQLAlchemyError as error:
            _log.warning("housekeeping_failed", error=str(error))

    class Housekeeping(bootsteps.StartStopStep):  # type: ignore[misc]
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def __init__(self, consumer: Any, **options: Any) -> None:
            super().__init__(consumer, **options)
            self._entry: Any = None

        def start(self, consumer: Any) -> None:
            self._entry = consumer.timer.call_repeatedly(settings.housekeeping_interval_s, tidy)

        def stop(self, _consumer: Any) -> None:
            if self._entry is not None:
                self._entry.cancel()
                self._entry = None

    return Housekeeping
