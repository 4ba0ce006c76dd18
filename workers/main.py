"""A worker process: a parent that loads nothing and keeps house, children that load the models."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from celery import Celery
from celery.signals import worker_ready

from config import Settings
from config.logs import configure, get_logger
from rap_engine.errors import NotConfigured, RapError
from rap_engine.memory import Database
from rap_engine.reembedding import encoder_name, load_encoder
from workers.app import make_app
from workers.host import ModelHost
from workers.models import host_of
from workers.publish import CeleryPublisher
from workers.runner import Chore, Runner, Work
from workers.steps import housekeeping_step
from workers.tasks.answer import answer
from workers.tasks.export import export
from workers.tasks.face import face
from workers.tasks.reembed import REEMBED, Reembedder
from workers.tasks.remember import remember

_log = get_logger(__name__)
_WARM_UP = "rapbot.warm_up"
_WARM_UP_EXPIRES_S = 60
_LOCK_WAIT_S = 30.0
"""A job that waits longer for somebody's lock is tried again, as when the database is away."""
_WORKS: dict[str, Work] = {"remember": remember, "answer": answer, "face": face}
_CHORES: dict[str, Chore] = {"export": export}


@dataclass(frozen=True, slots=True)
class Child:
    """What a child process works with."""

    host: ModelHost
    runner: Runner
    reembedder: Reembedder

    @classmethod
    def of(cls, settings: Settings) -> "Child":
        """Build it in the child: a parent's connection or model must not be inherited.

        Raises:
            NotConfigured: no database is configured.
        """
        if settings.database_url is None:
            raise NotConfigured(
                "RAPBOT_DATABASE_URL is not set; `rapbot up` sets it for what it starts"
            )
        url = settings.database_url.get_secret_value()
        database = Database(url, lock_wait_s=_LOCK_WAIT_S)
        host = host_of(settings, database)
        publisher = CeleryPublisher.connect(settings)
        reembedder = Reembedder(
            database,
            publisher,
            host,
            encoder_of=functools.partial(encoder_name, settings),
            load=functools.partial(load_encoder, settings),
        )
        runner = Runner(database, host, publisher, settings.job_lease_s, settings.job_time_limit_s)
        return cls(host, runner, reembedder)


def run_worker(settings: Settings) -> None:
    """Serve jobs until the process is told to stop."""
    configure(settings)
    app = make_worker_app(settings)
    worker_ready.connect(
        lambda **_: app.send_task(_WARM_UP, expires=_WARM_UP_EXPIRES_S), weak=False
    )
    app.Worker(
        pool="prefork",
        loglevel=settings.log_level,
        without_gossip=True,
        without_mingle=True,
    ).start()


def make_worker_app(settings: Settings) -> Celery:
    """Return the application with its tasks and its housekeeping."""
    app = make_app(settings)
    # Built at a child's first task.
    child = functools.cache(lambda: Child.of(settings))
    for kind, work in _WORKS.items():
        _register(app, kind, work, child)
    for kind, chore in _CHORES.items():
        _register_chore(app, kind, chore, child)
    _register_reembed(app, child)
    _register_warm_up(app, child)
    app.steps["consumer"].add(housekeeping_step(settings))
    return app


def _register(app: Celery, kind: str, work: Work, child: Callable[[], Child]) -> None:
    @app.task(name=f"rapbot.{kind}")  # type: ignore[untyped-decorator]
    def run(job_id: int) -> None:
        child().runner.run(job_id, work)


def _register_chore(app: Celery, kind: str, chore: Chore, child: Callable[[], Child]) -> None:
    @app.task(name=f"rapbot.{kind}")  # type: ignore[untyped-decorator]
    def run(job_id: int) -> None:
        child().runner.run_chore(job_id, chore)


def _register_reembed(app: Celery, child: Callable[[], Child]) -> None:
    # A round that kills its child is not delivered again at once: housekeeping calls for the next.
    @app.task(name=f"rapbot.{REEMBED}", acks_late=False)  # type: ignore[untyped-decorator]
    def reembed(number: int) -> None:
        child().reembedder.run(number)


def _register_warm_up(app: Celery, child: Callable[[], Child]) -> None:
    """Load the models before somebody waits for them: a child's first task may take its time."""

    @app.task(name=_WARM_UP, acks_late=False)  # type: ignore[untyped-decorator]
    def warm_up() -> None:
        try:
            child().host.warm_up()
        except RapError as error:
            # Each job that needs the models will say so to its chat.
            _log.error("models_not_loaded", error=str(error))
