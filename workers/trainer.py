"""A trainer process: takes the queue `training`, one run at a time, and loads no model itself."""

import socket
import threading

from celery import Celery
from celery.signals import worker_shutting_down

from config import Settings
from config.logs import configure
from rap_engine.errors import NotConfigured
from rap_engine.memory import Database
from workers.app import TRAIN_TASK, TRAINER_NODE, TRAINING_QUEUE, make_app
from workers.steps import trainer_step
from workers.tasks.train import Trainer

_LOCK_WAIT_S = 30.0


def run_trainer(settings: Settings) -> None:
    """Do training runs until the process is told to stop; a run goes on at its next start."""
    configure(settings)
    app = make_trainer_app(settings, _told_to_stop())
    app.Worker(
        # A thread, which starts a process and watches it: meanwhile pings are answered.
        pool="threads",
        concurrency=1,
        queues=[TRAINING_QUEUE],
        hostname=f"{TRAINER_NODE}@{socket.gethostname()}",
        loglevel=settings.log_level,
        without_gossip=True,
        without_mingle=True,
    ).start()


def make_trainer_app(settings: Settings, stopping: threading.Event) -> Celery:
    """Return the application with its one task and its housekeeping.

    Raises:
        NotConfigured: no database or no broker is configured.
    """
    if settings.database_url is None:
        raise NotConfigured(
            "RAPBOT_DATABASE_URL is not set; `rapbot up` sets it for what it starts"
        )
    app = make_app(settings)
    url = settings.database_url.get_secret_value()
    trainer = Trainer(Database(url, lock_wait_s=_LOCK_WAIT_S), settings, stopping)

    # The row is what counts: the message is done with as soon as somebody has read it.
    @app.task(name=TRAIN_TASK, acks_late=False)  # type: ignore[untyped-decorator]
    def train(run_id: int) -> None:
        trainer.run(run_id)

    app.steps["consumer"].add(trainer_step(settings))
    return app


def _told_to_stop() -> threading.Event:
    """Return what is set when the process is told to stop: Celery waits for the task to end."""
    stopping = threading.Event()
    worker_shutting_down.connect(lambda **_: stopping.set(), weak=False)
    return stopping
