"""`rapbot up`: everything, until Ctrl-C."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import typer

from config import Settings
from rapbot.cli._settings import load_settings
from rapbot.progress import Steps

if TYPE_CHECKING:
    from rapbot.system import Role

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up() -> None:
    """Start everything and serve until Ctrl-C.

    Starts PostgreSQL and Valkey (those that no setting names), brings the database to the newest
    schema, starts a worker, a trainer if the profile's generator can be trained, and the bot if
    RAPBOT_TELEGRAM_TOKEN is set. Without a token the chat
    is here in the terminal.
    """
    from config.logs import configure
    from rapbot.client import clients
    from rapbot.door.keeper import open_door
    from rapbot.door.request import door_of
    from rapbot.layout import Layout
    from rapbot.system import started_system

    settings = load_settings()
    configure(settings)
    with_bot = settings.telegram_token is not None
    roles = _roles(settings)
    with (
        _stopped_by_signals(),
        started_system(settings, roles=roles, steps=Steps(sys.stderr)) as live,
        clients(live) as client_of,
        open_door(door_of(Layout.of(live.data_dir)), client_of),
    ):
        if with_bot:
            typer.echo("Ctrl-C stops everything.", err=True)
            signal.pause()
        elif sys.stdin.isatty() and sys.stdout.isatty():
            typer.echo("No RAPBOT_TELEGRAM_TOKEN is set: talk to it here.", err=True)
            _chat(live)
            _begin_to_stop()
        else:
            typer.echo(
                "No RAPBOT_TELEGRAM_TOKEN is set: run `rapbot chat` in another terminal.", err=True
            )
            signal.pause()


def _roles(settings: Settings) -> "tuple[Role, ...]":
    """Return the processes to keep alive, in the order of their start."""
    from rapbot.roles import bot_role, can_train, trainer_role, worker_role

    roles = [worker_role()]
    if can_train(settings):
        roles.append(trainer_role())
    if settings.telegram_token is not None:
        roles.append(bot_role())
    return tuple(roles)


def _chat(settings: Settings) -> None:
    from rapbot.cli.chat import chat_loop

    chat_loop(settings)


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Leave the block cleanly at the first signal; the following ones do not disturb that."""
    before = {number: signal.signal(number, _leave) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    _begin_to_stop()
    raise SystemExit(0)


def _begin_to_stop() -> None:
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    typer.echo("stopping …", err=True)
