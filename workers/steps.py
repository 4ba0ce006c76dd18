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
from workers.tasks.housekeeping import (
    FolderKeeper,
    Housekeeper,
    KeyKeeper,
    NightWatch,
    RunKeeper,
)

_log = get_logger(__name__)
_ERASE_EVERY_S = 600.0
_LOCK_WAIT_S = 1.0
_LOOK_AT_NIGHT_S = 60.0
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
    """Return the consumer step that keeps house on the worker's own timer."""
    database, publisher = _reached(settings)
    housekeeper = Housekeeper(database, publisher, settings.job_max_attempts, Keep.of(settings))
    runs = RunKeeper(database, publisher)
    keeper = KeyKeeper(database, publisher, settings.profile, partial(encoder_name, settings))
    often = settings.housekeeping_interval_s
    # The keys are looked at before the models are loaded, for these may be others then.
    return _repeated(
        (often * _LOOKS_FOR_JOBS_A_LOOK_AT_KEYS, keeper.look),
        (often, housekeeper.tidy),
        (often, runs.tidy),
        (_ERASE_EVERY_S, housekeeper.erase),
    )


def trainer_step(settings: Settings) -> type[bootsteps.StartStopStep]:
    """Return the consumer step that keeps a trainer's house: its folders, lost runs, the night."""
    database, publisher = _reached(settings)
    often = settings.housekeeping_interval_s
    chores = [
        (often, FolderKeeper(database, settings.training_dir).look),
        (often, RunKeeper(database, publisher).tidy),
    ]
    if settings.train_at is not None and settings.training_plan is not None:
        watch = NightWatch(database, publisher, settings.train_at, settings.training_plan)
        chores.append((_LOOK_AT_NIGHT_S, watch.look))
    return _repeated(*chores)


def _reached(settings: Settings) -> tuple[Database, CeleryPublisher]:
    if settings.database_url is None:
        raise NotConfigured(
            "RAPBOT_DATABASE_URL is not set; `rapbot up` sets it for what it starts"
        )
    url = settings.database_url.get_secret_value()
    # Whoever locks a table must not keep the parent from handing out tasks.
    database = Database(url, pool_size=0, lock_wait_s=_LOCK_WAIT_S)
    return database, CeleryPublisher.connect(settings)


def _repeated(*chores: tuple[float, Callable[[], None]]) -> type[bootsteps.StartStopStep]:
    """Return a step that does chores on the consumer's own timer, and the first of them at once.

    A timer and not a task: a queue full of long jobs must not keep lost ones from being found.
    And not a thread: the parent forks children at any time.
    """
    calm = tuple((seconds, _undisturbed(chore)) for seconds, chore in chores)

    class Housekeeping(bootsteps.StartStopStep):  # type: ignore[misc]
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def __init__(self, consumer: Any, **options: Any) -> None:
            super().__init__(consumer, **options)
            self._entries: list[Any] = []

        def start(self, consumer: Any) -> None:
            calm[0][1]()
            self._entries = [consumer.timer.call_repeatedly(*chore) for chore in calm]

        def stop(self, _consumer: Any) -> None:
            while self._entries:
                self._entries.pop().cancel()

    return Housekeeping
