"""`rapbot reembed`: keys of another encoder, now and with a progress bar."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from rap_engine.encode import Encoder
    from rap_engine.memory import Database
    from rap_engine.memory.views import Progress

_OTHERS_S = 0.5


def reembed(
    profile: Annotated[str | None, typer.Option(help="Instead of the configured one.")] = None,
    erase_old: Annotated[
        bool, typer.Option("--erase-old", help="Then erase the keys of all other encoders.")
    ] = False,
) -> None:
    """Give all views keys of a profile's encoder, then put the profile into service.

    Works beside a running system or alone, and shares the work with whoever else does it. What is
    stopped in the middle goes on where it was. Workers do the same by themselves when they are
    started with another RAPBOT_PROFILE.
    """
    from config.logs import configure
    from rap_engine.memory import Database
    from rap_engine.reembedding import load_encoder
    from rapbot.progress import Steps
    from rapbot.system import joined_system

    settings = load_settings()
    configure(settings)
    name = profile or settings.profile
    encoder = load_encoder(settings, name)
    with joined_system(settings, steps=Steps(sys.stderr)) as live:
        assert live.database_url is not None  # noqa: S101  a joined system has one
        database = Database(live.database_url.get_secret_value())
        try:
            typer.echo(_embed_all(database, name, encoder))
            if erase_old:
                typer.echo(_erase_old(database, encoder.name))
        finally:
            database.close()
    if name != settings.profile:
        typer.echo(
            f"Set RAPBOT_PROFILE={name} too: a worker that is started asks for"
            f" {settings.profile} again."
        )


def _embed_all(database: "Database", profile: str, encoder: "Encoder") -> str:
    """Embed until no view lacks keys and the profile serves; return what to say."""
    from rap_engine.memory.views import count_unreadable
    from rap_engine.reembedding import Pace, serve_if_complete

    pace = Pace()
    with _bar(encoder.name) as show:
        while True:
            with database.transaction() as session:
                progress = serve_if_complete(session, profile, encoder.name)
                unreadable = count_unreadable(session)
            show(progress)
            if progress.is_complete:
                break
            if not pace.embed(database, encoder):
                time.sleep(_OTHERS_S)  # others have taken all that is left
    photos = f" {unreadable} cannot be decoded and have none." if unreadable else ""
    return f"{profile} serves: {progress.total} views have keys of {encoder.name}.{photos}"


def _erase_old(database: "Database", encoder: str) -> str:
    """Erase other keys and return what to say.

    Raises:
        OperationError: jobs that began before the last change still look for such keys.
    """
    from sqlalchemy import func, select

    from rap_engine.memory.in_service import read_serving
    from rap_engine.memory.views import erase_keys_but
    from rapbot.errors import OperationError
    from workers.jobs.tables import Job

    with database.transaction() as session:
        serving = read_serving(session, locked=True)
        assert serving is not None  # noqa: S101  we have just put it into service
        old = select(func.count()).where(
            Job.state == "running",
            Job.started_at < serving.changed_at,
            Job.leased_until > func.now(),
        )
        if running := session.scalars(old).one():
            raise OperationError(
                f"{running} jobs began before {serving.profile} served and may still need the old"
                " keys. Run `rapbot reembed --erase-old` again when they have ended."
            )
        return f"Erased {erase_keys_but(session, encoder)} keys of other encoders."


@contextmanager
def _bar(encoder: str) -> Iterator[Callable[["Progress"], None]]:
    """Show how many views are embedded, on a terminal; elsewhere nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bars:
        task = bars.add_task(encoder, total=None)
        yield lambda progress: bars.update(task, completed=progress.done, total=progress.total)
