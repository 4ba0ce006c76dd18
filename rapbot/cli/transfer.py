"""`rapbot export` and `rapbot import`: concepts and conversations as files."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rapbot.cli._database import joined_database
from rapbot.cli._person import read_person
from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from config import Settings
    from rap_engine.memory import Database
    from rapbot.transfer import Taking
    from workers.jobs.queue import Publisher

User = Annotated[str, typer.Option("--user", help="A person of the console, or telegram:NUMBER.")]
_PATIENCE_S = 120.0
_MOST_SHOWN = 20


def export(
    to: Annotated[Path, typer.Option("--to", help="Folder for the archives.", file_okay=False)],
    user: User = "me",
) -> None:
    """Write what a person told and asked into zip archives.

    That is what /export sends in a chat: concepts and photos in RAP's database format,
    conversations, lists and agreements. README.txt in them says what is left out.
    """
    from rapbot.transfer import export_to

    who = read_person(user)
    with joined_database() as database:
        paths = export_to(database, who, to)
    for path in paths:
        typer.echo(str(path))


def import_(
    archives: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE_OR_FOLDER...", help="Archives, or a folder with a database.json."
        ),
    ],
    user: User = "me",
    rename: Annotated[
        bool, typer.Option("--rename", help="Add a number to a name that is taken.")
    ] = False,
) -> None:
    """Take concepts in: archives of `export`, or a database of RAP's format with its photos.

    All parts of an export are given at once. A concept whose name is taken is left out.
    Conversations, agreements to face keys and to training are not taken over. Exits with 1 if
    nothing was.
    """
    from rap_engine.memory import Database
    from rapbot.progress import Steps
    from rapbot.roles import worker_role
    from rapbot.system import joined_system
    from rapbot.transfer import Taking
    from workers.publish import CeleryPublisher

    who, settings = read_person(user), load_settings()
    with joined_system(settings, roles=(worker_role(),), steps=Steps(sys.stderr)) as live:
        assert live.database_url is not None  # noqa: S101  a joined system has one
        database = Database(live.database_url.get_secret_value())
        try:
            publisher = CeleryPublisher.connect(live)
            taking = Taking.of(database, publisher, live, who, renames=rename)
            _take_all(taking, archives)
            tell(taking)
            if taking.tally.views:
                _wait_for_keys(live, database, publisher)
        finally:
            database.close()
    if not taking.tally.views:
        raise typer.Exit(1)


def _take_all(taking: "Taking", archives: list[Path]) -> None:
    from rap_engine.transfer.errors import BadArchive

    for path in archives:
        try:
            taking.take(path)
        except BadArchive as error:
            typer.secho(_shown(str(error)), fg=typer.colors.RED, err=True)


def tell(taking: "Taking") -> None:
    """Say what came of an import."""
    tally = taking.tally
    lines = [f"{old} is called {new} here." for old, new in tally.renamed]
    lines += [f"{name} is left out: the name is taken." for name in tally.skipped]
    lines += [f"{one.path} is refused: {_reason(one.reason)}" for one in tally.refused]
    for line in lines[:_MOST_SHOWN]:
        typer.echo(_shown(line), err=True)
    if len(lines) > _MOST_SHOWN:
        typer.echo(f"... and {len(lines) - _MOST_SHOWN} more", err=True)
    typer.echo(
        f"Taken into {_shown(_into(taking))}: {_number(tally.concepts, 'concept')} with"
        f" {_number(tally.views, 'photo')}. Left out: {len(tally.skipped)}. Refused:"
        f" {len(tally.refused)}."
    )


def _into(taking: "Taking") -> str:
    """Return the list that takes all of it, in words."""
    from rap_engine.memory import ConceptList
    from rap_engine.memory.people import PERSONAL

    importer = taking.importer
    with importer.database.transaction() as session:
        concept_list = session.get_one(ConceptList, importer.list_id)
        is_own = concept_list.kind == PERSONAL
        return "their own list" if is_own else f"the {concept_list.kind} {concept_list.title}"


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _wait_for_keys(settings: "Settings", database: "Database", publisher: "Publisher") -> None:
    from functools import partial

    from rap_engine.memory.views import Progress
    from rap_engine.reembedding import encoder_name
    from rapbot.transfer import wait_for_keys

    def show(progress: Progress) -> None:
        if sys.stderr.isatty():
            typer.echo(f"\rkeys: {progress.done} of {progress.total} photos ", err=True, nl=False)

    encoder_of = partial(encoder_name, settings)
    if wait_for_keys(database, publisher, encoder_of, show, _PATIENCE_S):
        typer.echo("They are recognised from now on.")
    else:
        typer.echo("A worker makes their keys when it can; `rapbot reembed` makes them now.")


def _reason(reason: str) -> str:
    """Return the sentence of a code of the catalogue; other reasons are words already."""
    from bot.texts.catalogue import catalogue_for, codes

    return catalogue_for().say(reason) if reason in codes() else reason


def _shown(line: str) -> str:
    """Return what others wrote without what would command the terminal."""
    from bot.console.courier import printable

    return printable(line).replace("\n", " ")
