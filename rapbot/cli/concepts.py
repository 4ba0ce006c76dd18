"""The one-shot verbs: remember, ask, list, forget."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from config import Settings
from rapbot.cli._settings import load_settings

User = Annotated[str, typer.Option("--user", help="Whose concepts: a person of the console.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_LONGEST_QUESTION = 4096  # as in the chat, where Telegram sets it
_WORKING = ("remember", "ask")
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
    arguments = {"photo": str(photo.absolute()), "name": name, "info": info, "category": category}
    stored = _run("remember", user, {**arguments, "add": add})
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
    where = str(photo.absolute()) if photo is not None else None
    answer = _run("ask", user, {"question": question.strip(), "photo": where})
    _print(answer, answer["answer"], as_json)


def list_(user: User = "me", as_json: AsJson = False) -> None:
    """List what is remembered."""
    concepts = _run("list", user, {})
    lines = [f"{c['name']}: {c['info']}" if c["info"] else c["name"] for c in concepts]
    _print(concepts, "\n".join(lines) or "Nothing is remembered.", as_json)


def forget(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    user: User = "me",
    as_json: AsJson = False,
) -> None:
    """Forget a pet, friend or thing."""
    forgotten = _run("forget", user, {"name": name})
    _print({"forgotten": forgotten}, f"Forgot {forgotten}.", as_json)


def _run(verb: str, user: str, arguments: dict[str, Any]) -> Any:
    """Run a verb at the door of the running system, or in a system of our own."""
    from rapbot.door.request import NobodyThere, Request, knock
    from rapbot.layout import Layout

    settings = load_settings()
    try:
        return knock(Layout.of(settings.data_dir), Request(verb, user, arguments))
    except NobodyThere:
        return _run_here(settings, verb, user, arguments)


def _run_here(settings: Settings, verb: str, user: str, arguments: dict[str, Any]) -> Any:
    """Run a verb with servers that are there or started for it, and a worker if it needs one."""
    from rapbot.client import clients
    from rapbot.door.keeper import perform
    from rapbot.progress import Steps
    from rapbot.roles import worker_role
    from rapbot.system import joined_system

    roles = (worker_role(),) if verb in _WORKING else ()
    with (
        joined_system(settings, roles=roles, steps=Steps(sys.stderr)) as live,
        clients(live) as client_of,
    ):
        return perform(client_of(user), verb, arguments)


def _print(data: object, text: str, as_json: bool) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2) if as_json else text)
