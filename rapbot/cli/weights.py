"""`rapbot weights`: model files, fetched ahead of their first use."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from config import Settings
    from rap_engine.checkpoints import Source, WeightsStore
    from rap_engine.profiles import Recipe

weights = typer.Typer(help="Fetch and convert the model files of profiles.", no_args_is_help=True)
_COMMIT_DIGITS = 12


@weights.command()
def fetch(
    profile: Annotated[
        str | None, typer.Argument(help="Whose model files; those of RAPBOT_PROFILE without it.")
    ] = None,
    keep_downloads: Annotated[
        bool,
        typer.Option(
            "--keep-downloads/--discard-downloads",
            help="Keep the originals of checkpoints that were converted.",
        ),
    ] = False,
) -> None:
    """Fetch what a profile needs, check it, and convert what does not load as it is.

    What is there already is not fetched again, and what broke off goes on where it stopped.
    """
    settings = _settings()
    profile = profile or settings.profile
    sources = list(_recipe(profile, settings.data_dir).sources())
    if not sources:
        typer.echo(f"The profile {profile} needs nothing: its weights come with its packages.")
        return
    with _libraries_told():
        # Before torch, which sets the hub offline.
        from rap_engine.checkpoints.fetching import Fetcher

        fetcher = Fetcher(_store(settings.weights_dir), keep_downloads, _bar, typer.echo)
        done = [fetcher.fetch(source) for source in sources]
    if not any(done):
        typer.echo(f"All weights of the profile {profile} are there: nothing was fetched.")
    else:
        typer.echo(f"The profile {profile} is ready.")


@weights.command()
def convert(
    source: Annotated[
        Path, typer.Argument(exists=True, help="A LLaVA checkpoint's folder, or a YOLO `.pt`.")
    ],
    target: Annotated[Path, typer.Argument(help="Folder to write; must not be there.")],
    vision_tower: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder of the CLIP that it names."),
    ] = None,
) -> None:
    """Convert a checkpoint that is on disk to one that a profile loads.

    A profile finds it where TARGET is `converted/SOURCE` in the folder of weights, with SOURCE as
    `rapbot weights list` names it.
    """
    settings = _settings()
    if target.exists():
        raise typer.BadParameter(f"{target} is there already")
    with _libraries_told():
        from rap_engine.checkpoints.llava import convert_llava
        from rap_engine.checkpoints.yolo_world import convert_yolo_world

        if source.is_file():
            convert_yolo_world(source, target, _bar)
        else:
            convert_llava(source, target, vision_tower, _bar)
    typer.echo(f"Converted to {target}.")
    typer.echo(_use_told(target, settings.weights_dir / "converted"))


@weights.command("list")
def list_(
    profile: Annotated[str | None, typer.Argument(help="One profile; all without it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the sources of profiles and whether their weights are here."""
    from rap_engine.profiles import profile_names

    settings = load_settings()
    names = [profile] if profile else profile_names(settings.data_dir)
    store = _store(settings.weights_dir)
    recipes = (
        _readable(names, settings.data_dir)
        if profile is None
        else {profile: _recipe(profile, settings.data_dir)}
    )
    rows = {
        name: [_row(store, name, source) for source in recipe.sources()]
        for name, recipe in recipes.items()
    }
    if as_json:
        typer.echo(json.dumps([row for each in rows.values() for row in each], indent=2))
        return
    for name, recipe in recipes.items():
        typer.echo(f"{name}: {recipe.title}")
        typer.echo("\n".join(_line(row) for row in rows[name]) or "  nothing to fetch")


def _readable(names: "list[str]", data_dir: Path) -> "dict[str, Recipe]":
    """Return the recipes that can be read, and say of the others why they cannot."""
    from rap_engine.profiles import BadRecipe

    recipes = {}
    for name in names:
        try:
            recipes[name] = _recipe(name, data_dir)
        except BadRecipe as error:
            typer.secho(str(error), fg=typer.colors.RED, err=True)
    return recipes


def _settings() -> "Settings":
    """Read the settings. Standard error is the progress bars': of logs it has warnings alone."""
    from config.logs import configure

    settings = load_settings()
    configure(settings.model_copy(update={"log_level": "WARNING"}))
    return settings


@contextmanager
def _libraries_told() -> Iterator[None]:
    """Say what to install where the libraries of models are not there."""
    from rapbot.errors import OperationError

    try:
        yield
    except ImportError as error:
        raise OperationError(
            f"Fetching and converting weights needs a library that is not installed: {error}."
            " Run `scripts/setup models`."
        ) from error


def _recipe(profile: str, data_dir: Path) -> "Recipe":
    from rap_engine.profiles import read_recipe

    return read_recipe(profile, data_dir)


def _use_told(target: Path, converted: Path) -> str:
    """Say what makes a profile load a folder that was converted by hand."""
    if target.resolve().parent == converted.resolve():
        return f"It is for profiles with a source that `rapbot weights list` names {target.name}."
    return (
        f"For a profile to find it, move it to {converted / 'SOURCE'}, with SOURCE as `rapbot"
        " weights list` names it: owner--model for `repo` owner/model, model for `url`"
        " .../model.pt."
    )


def _store(folder: Path) -> "WeightsStore":
    from rap_engine.checkpoints import WeightsStore

    return WeightsStore(folder)


def _row(store: "WeightsStore", profile: str, source: "Source") -> dict[str, Any]:
    from rap_engine.checkpoints.files import size_of

    record = store.record(source)
    ready, downloaded = store.ready(source), store.downloaded(source)
    return {
        "profile": profile,
        "source": source.slug,
        "state": store.state(source),
        "bytes": sum(size_of(folder) for folder in {ready, downloaded}),
        "commit": record.commit if record is not None else None,
        "folder": str(ready),
    }


def _line(row: dict[str, Any]) -> str:
    size = f"{row['bytes'] / 1e9:8.2f} GB"
    commit = (row["commit"] or "")[:_COMMIT_DIGITS]
    return f"  {row['source']:<40} {row['state']:<10} {size}  {commit}".rstrip()


@contextmanager
def _bar(name: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show how far a piece of work is, on a terminal; elsewhere nothing."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    times = (TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, *times, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(name, total=total)
        yield lambda size: bars.advance(task, size)
