"""`rapbot chat`: the bot on a terminal."""

import sys
from typing import Annotated

import typer

from config import Settings
from rapbot.cli._settings import load_settings


def chat(
    user: Annotated[str, typer.Option("--user", help="Who is talking.")] = "me",
) -> None:
    """Talk to the bot on this terminal, or play it a script from standard input.

    A line is a message. `photo:PATH words` sends a photo with words.
    """
    from rapbot.progress import Steps
    from rapbot.roles import worker_role
    from rapbot.system import joined_system

    steps = Steps(sys.stderr)
    with joined_system(load_settings(), roles=(worker_role(),), steps=steps) as settings:
        chat_loop(settings, user)


def chat_loop(settings: Settings, user: str = "me") -> None:
    """Serve one person on this terminal until the end of their input."""
    from bot.console import run_console
    from config.logs import configure
    from rapbot.layout import Layout
    from workers.publish import CeleryPublisher

    # The terminal is the chat's.
    with Layout.of(settings.data_dir).log("chat").open("a", encoding="utf-8") as log:
        configure(settings, log)
        run_console(settings, CeleryPublisher.connect(settings), user)
