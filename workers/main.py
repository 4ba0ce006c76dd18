"""A worker process: a parent that loads nothing and keeps house, children that load the models."""

import functools
from collections.abc import Callable

from celery import Celery
from celery.signals import worker_ready

from config import Settings
from config.logs import configure, get_logger
from rap_engine.engine import Engine
from rap_engine.errors import RapError
from rap_engine.memory import Database
from rap_engine.profiles import load_profile
from workers.app import make_app
from workers.runner import Runner, Work
from workers.steps import housekeeping_step
from workers.tasks.answer import answer
from workers.tasks.remember import remember

_log = get_logger(__name__)
_WARM_UP = "rapbot.warm_up"
_WARM_UP_EXPIRES_S = 60
_WORKS: dict[str, Work] = {"remember": remember, "answer": answer}


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
    # Built at a child's first task: a connection or a model of the parent must not be inherited.
    runner = functools.cache(lambda: make_runner(settings))
    for kind, work in _WORKS.items():
        _register(app, kind, work, runner)
    _register_warm_up(app, runner)
    app.steps["consumer"].add(housekeeping_step(settings))
    return app


def _register(app: Celery, kind: str, work: Work, runner: Callable[[], Runner]) -> None:
    @app.task(name=f"rapbot.{kind}")  # type: ignore[untyped-decorator]
    def run(job_id: int) -> None:
        runner().run(job_id, work)


def _register_warm_up(app: Celery, runner: Callable[[], Runner]) -> None:
    """Load the models before somebody waits for them: a child's first task may take its time."""

    @app.task(name=_WARM_UP)  # type: ignore[untyped-decorator]
    def warm_up() -> None:
        try:
            runner().engine()
        except RapError as error:
            # Each job that needs the models will say so to its chat.
            _log.error("models_not_loaded", error=str(error))


def make_runner(settings: Settings) -> Runner:
    """Return what runs jobs in this process; the models are loaded at the first job."""
    if settings.database_url is None:
        raise ValueError("RAPBOT_DATABASE_URL is not set; `rapbot up` sets it for what it starts")
    database = Database(settings.database_url.get_secret_value())

    @functools.cache
    def engine() -> Engine:
        return Engine(database, load_profile(settings.profile, settings.data_dir))

    return Runner(database, engine, settings.job_lease_s)
