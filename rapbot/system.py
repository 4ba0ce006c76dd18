"""A whole system for as long as a block lasts: servers, schema, worker and bot."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from pydantic import SecretStr

from config.settings import Settings
from rapbot.environment import for_children
from rapbot.layout import Layout
from rapbot.progress import Steps
from rapbot.services import orphans, postgres, valkey
from rapbot.services.lock import System, announce, only_one, running_system
from rapbot.services.program import Program
from rapbot.supervisor import Supervisor

_SERVICE_TIMEOUT_S = 60.0  # PostgreSQL after a crash first replays its log
_ROLE_TIMEOUT_S = 180.0  # a worker may have models to load


@dataclass(frozen=True)
class Role:
    """A process of ours beside the servers.

    Attributes:
        name: the verb of `rapbot` that it runs, and its log's name.
        ready: asked with the resolved settings until it says yes.
        outcome: what its line says then.
        stop_timeout_s: how long it may take to end before it is killed.
    """

    name: str
    ready: Callable[[Settings], bool]
    outcome: Callable[[Settings], str]
    stop_timeout_s: float = 10.0


@contextmanager
def started_system(
    settings: Settings, *, roles: tuple[Role, ...] = (), steps: Steps | None = None
) -> Iterator[Settings]:
    """Run servers (those that the settings do not name), the newest schema and these roles.

    Args:
        settings: `database_url` and `redis_url` name servers to use instead of our own.
        roles: processes to keep alive, in the order of their start.
        steps: where progress is written.

    Yields:
        The settings with both URLs.

    Raises:
        AlreadyRunning: a system runs on this data directory.
        OperationError: something does not start; the message says what and why.
        RapError: there is no such profile, or it lacks weights or settings.
    """
    # Not needed to join a system that runs, which is what most verbs do.
    from rap_engine.profiles import Loader  # noqa: PLC0415
    from rapbot.migrate import migrate  # noqa: PLC0415

    if roles:
        Loader.of(settings).check()
    steps = steps or Steps()
    layout = Layout.of(settings.data_dir)
    layout.create()
    with only_one(layout), Supervisor(report=steps.say) as supervisor:
        if ended := orphans.end_orphans(layout):
            steps.say(f"ended {ended} processes of an earlier run that was killed")
        resolved = _with_servers(settings, layout, supervisor, steps)
        with steps.step("database") as step:
            migrate(_secret(resolved.database_url))
            step.outcome = "migrated"
        for role in roles:
            _start_role(role, resolved, layout, supervisor, steps)
        announce(layout, _system(resolved))
        yield resolved


@contextmanager
def joined_system(
    settings: Settings, *, roles: tuple[Role, ...] = (), steps: Steps | None = None
) -> Iterator[Settings]:
    """Use the system that runs on this data directory, or one of our own while the block lasts."""
    system = running_system(settings.data_dir)
    if system is not None:
        yield with_urls(settings, system.database_url, system.redis_url)
        return
    with started_system(settings, roles=roles, steps=steps) as resolved:
        yield resolved


def with_urls(settings: Settings, database_url: str, redis_url: str) -> Settings:
    """Return the settings with the servers that are in use."""
    urls = {"database_url": SecretStr(database_url), "redis_url": SecretStr(redis_url)}
    return settings.model_copy(update=urls)


def _with_servers(
    settings: Settings, layout: Layout, supervisor: Supervisor, steps: Steps
) -> Settings:
    database_url = settings.database_url
    redis_url = settings.redis_url
    return with_urls(
        settings,
        _secret(database_url) if database_url else _start_postgres(layout, supervisor, steps),
        _secret(redis_url) if redis_url else _start_valkey(layout, supervisor, steps),
    )


def _start_postgres(layout: Layout, supervisor: Supervisor, steps: Steps) -> str:
    with steps.step(postgres.NAME) as step:
        made = postgres.prepare(layout)
        answers = partial(postgres.answers, layout)
        supervisor.start(postgres.program(layout), answers, _SERVICE_TIMEOUT_S)
        postgres.create_database(layout)
        step.outcome = "made and started" if made else "started"
    return postgres.url(layout)


def _start_valkey(layout: Layout, supervisor: Supervisor, steps: Steps) -> str:
    with steps.step(valkey.NAME) as step:
        answers = partial(valkey.answers, layout)
        supervisor.start(valkey.program(layout), answers, _SERVICE_TIMEOUT_S)
        step.outcome = "started"
    return valkey.url(layout)


def _start_role(
    role: Role, settings: Settings, layout: Layout, supervisor: Supervisor, steps: Steps
) -> None:
    program = Program(
        name=role.name,
        command=(sys.executable, "-P", "-m", "rapbot", role.name),
        environment={**for_children(settings), **orphans.marked(layout)},
        log=layout.log(role.name),
        stop_timeout_s=role.stop_timeout_s,
    )
    with steps.step(role.name) as step:
        supervisor.start(program, partial(role.ready, settings), _ROLE_TIMEOUT_S)
        step.outcome = role.outcome(settings)


def _system(settings: Settings) -> System:
    return System(
        pid=os.getpid(),
        profile=settings.profile,
        database_url=_secret(settings.database_url),
        redis_url=_secret(settings.redis_url),
    )


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
