"""`rapbot adapter`: which LoRA adapter the profile in service answers with."""

from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from rap_engine.errors import RapError
from rapbot.cli._database import joined_database
from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from rap_engine.checkpoints import WeightsStore

adapter = typer.Typer(help="LoRA adapters of the profile in service.", no_args_is_help=True)


class NoSuchAdapter(RapError):
    """The weights folder has no adapter of that name."""

    code: ClassVar[str] = "no_such_adapter"


@adapter.command("list")
def list_() -> None:
    """Show the adapters of the weights folder, and which one is wanted."""
    from rap_engine.memory.in_service import read_serving

    store = _store()
    with joined_database() as database, database.transaction() as session:
        serving = read_serving(session)
    wanted = serving.adapter if serving else None
    names = store.adapter_names()
    for name in names:
        typer.echo(f"{name}  (wanted)" if name == wanted else name)
    if not names:
        typer.echo(f"There is no adapter in {store.adapters}.")


@adapter.command()
def use(name: Annotated[str, typer.Argument(help="Its folder's name.")]) -> None:
    """Answer with this adapter from the next job on, in all workers."""
    from rap_engine.checkpoints.store import ADAPTER_FILES

    store = _store()
    names = store.adapter_names()
    if name not in names:
        raise NoSuchAdapter(
            f"There is no adapter {name} in {store.adapters};"
            f" there are: {', '.join(names) or 'none'}."
            f" An adapter is a folder with {' and '.join(ADAPTER_FILES)}."
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
    from bot.administration import audit
    from rap_engine.memory.in_service import put_adapter_into_service, serving_or
    from rap_engine.profiles import read_recipe
    from rap_engine.profiles.recipe import TransformersRecipe

    settings = load_settings()
    with joined_database() as database, database.transaction() as session:
        profile = serving_or(session, settings.profile).profile
        recipe = read_recipe(profile, settings.data_dir)
        if name is not None and not isinstance(recipe.generator, TransformersRecipe):
            raise NoSuchAdapter(f"The profile {profile}, which is in service, takes no adapters.")
        put_adapter_into_service(session, name)
        audit.note(session, audit.OPERATOR, "adapter_set", f"profile:{profile}", now=name)
    return profile


def _store() -> "WeightsStore":
    from rap_engine.checkpoints import WeightsStore

    return WeightsStore(load_settings().weights_dir)
