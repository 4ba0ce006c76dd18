"""`rapbot adapter`: which LoRA adapter the profile in service answers with."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from rap_engine.errors import RapError
from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from rap_engine.memory import Database

adapter = typer.Typer(help="LoRA adapters of the profile in service.", no_args_is_help=True)
_FILES = ("adapter_config.json", "adapter_model.safetensors")


class NoSuchAdapter(RapError):
    """The weights folder has no adapter of that name."""

    code: ClassVar[str] = "no_such_adapter"


@adapter.command("list")
def list_() -> None:
    """Show the adapters of the weights folder, and which one is wanted."""
    from rap_engine.memory.in_service import read_serving

    folder = _folder()
    with _memory() as database, database.transaction() as session:
        serving = read_serving(session)
    wanted = serving.adapter if serving else None
    for name in _names(folder):
        typer.echo(f"{name}  (wanted)" if name == wanted else name)
    if not _names(folder):
        typer.echo(f"There is no adapter in {folder}.")


@adapter.command()
def use(name: Annotated[str, typer.Argument(help="Its folder's name.")]) -> None:
    """Answer with this adapter from the next job on, in all workers."""
    folder = _folder()
    if name not in _names(folder):
        known = ", ".join(_names(folder)) or "none"
        raise NoSuchAdapter(
            f"There is no adapter {name} in {folder}; there are: {known}."
            f" An adapter is a folder with {' and '.join(_FILES)}."
        )
    profile = _put(name)
    typer.echo(
        f"{name} is wanted: {profile} answers with it from the next job on. One that does not fit"
        " is refused in the worker's log."
    )


@adapter.command()
def none() -> None:
    """Answer with the base alone from the next job on."""
    _put(None)
    typer.echo("No adapter is wanted: the base alone answers from the next job on.")


def _put(name: str | None) -> str:
    """Put an adapter into service, and return the profile that serves with it."""
    from rap_engine.memory.in_service import put_adapter_into_service, serving_or
    from rap_engine.profiles import read_recipe
    from rap_engine.profiles.recipe import TransformersRecipe

    settings = load_settings()
    with _memory() as database, database.transaction() as session:
        profile = serving_or(session, settings.profile).profile
        recipe = read_recipe(profile, settings.data_dir)
        if name is not None and not isinstance(recipe.generator, TransformersRecipe):
            raise NoSuchAdapter(f"The profile {profile}, which is in service, takes no adapters.")
        put_adapter_into_service(session, name)
    return profile


@contextmanager
def _memory() -> "Iterator[Database]":
    from rap_engine.memory import Database
    from rapbot.progress import Steps
    from rapbot.system import joined_system

    with joined_system(load_settings(), steps=Steps(sys.stderr)) as live:
        assert live.database_url is not None  # noqa: S101  a joined system has one
        database = Database(live.database_url.get_secret_value())
        try:
            yield database
        finally:
            database.close()


def _folder() -> Path:
    from rap_engine.checkpoints import WeightsStore

    return WeightsStore(load_settings().weights_dir).adapters


def _names(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted(
        each.name for each in folder.iterdir() if all((each / file).is_file() for file in _FILES)
    )
