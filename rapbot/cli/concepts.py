"""The one-shot verbs: remember, ask, list, forget."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from rapbot.client import Client

User = Annotated[str, typer.Option("--user", help="Whose concepts: a person of the console.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_LONGEST_QUESTION = 4096  # as in the chat, where Telegram sets it
Photo = typer.Argument(help="A JPEG, PNG or WebP file.", dir_okay=False)


def remember(
    photo: Annotated[Path, Photo],
    name: Annotated[str, typer.Option("--name", help="What it is called.")],
    info: Annotated[str, typer.Option("--info", help="What to know about it.")] = "",
    category: Annotated[str, typer.Option("--category", help="What it is, like: dog.")] = "",
    add: Annotated[bool, typer.Option("--add", help="A further photo of a known one.")] = False,
    user: User = "me",
    as_json: AsJson = False,
) -> None:
    """Remember a pet, friend or thing from a photo."""
    with _client(user) as client:
        stored = client.remember(photo, name, info, category, add=add)
    what = f", a {stored['category']}" if stored["category"] else ""
    _print(stored, f"Remembered {stored['name']}{what}.", as_json)


def ask(
    question: Annotated[str, typer.Argument(help="In words; empty asks for a caption.")] = "",
    photo: Annotated[Path | None, typer.Option("--photo", help="Ask about this photo.")] = None,
    user: User = "me",
    as_json: AsJson = False,
) -> None:
    """Ask a question, in words alone or about a photo."""
    if not question.strip() and photo is None:
        raise typer.BadParameter("ask a question, or give a --photo")
    if len(question) > _LONGEST_QUESTION:
        raise typer.BadParameter(f"a question has at most {_LONGEST_QUESTION} characters")
    with _client(user) as client:
        answer = client.ask(question.strip(), photo)
    _print(answer, answer["answer"], as_json)


def list_(user: User = "me", as_json: AsJson = False) -> None:
    """List what is remembered."""
    with _client(user, working=False) as client:
        concepts = client.concepts()
    lines = [f"{c.name}: {c.info}" if c.info else c.name for c in concepts]
    _print([asdict(c) for c in concepts], "\n".join(lines) or "Nothing is remembered.", as_json)


def forget(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    user: User = "me",
    as_json: AsJson = False,
) -> None:
    """Forget a pet, friend or thing."""
    with _client(user, working=False) as client:
        forgotten = client.forget(name)
    _print({"forgotten": forgotten}, f"Forgot {forgotten}.", as_json)


@contextmanager
def _client(user: str, *, working: bool = True) -> Iterator["Client"]:
    """Join the running system, or start one for this call; with a worker if there is work."""
    from rap_engine.memory import Database
    from rapbot.client import Client
    from rapbot.progress import Steps
    from rapbot.roles import worker_role
    from rapbot.system import joined_system
    from workers.publish import CeleryPublisher

    roles = (worker_role(),) if working else ()
    with joined_system(load_settings(), roles=roles, steps=Steps(sys.stderr)) as settings:
        assert settings.database_url is not None  # noqa: S101  a joined system has one
        database = Database(settings.database_url.get_secret_value(), pool_size=2)
        try:
            publisher = CeleryPublisher.connect(settings)
            yield Client.of(database, publisher, user, settings.job_time_limit_s)
        finally:
            database.close()


def _print(data: object, text: str, as_json: bool) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2) if as_json else text)
