"""`rapbot adapter`: the registry of LoRA adapters, and which one answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from rap_engine.errors import RapError
from rapbot.cli._database import joined_database
from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from config import Settings
    from rap_engine.checkpoints import WeightsStore
    from rap_engine.memory.in_service import Serving
    from workers.runs.tables import Adapter

adapter = typer.Typer(help="LoRA adapters of the profile in service.", no_args_is_help=True)
_Name = Annotated[str, typer.Argument(help="Its folder's name.")]


class NoSuchAdapter(RapError):
    """There is no adapter of that name."""

    code: ClassVar[str] = "no_such_adapter"


@adapter.command("list")
def list_() -> None:
    """Show the adapters: verdict, recognition before and after, when and by whom it was made."""
    from workers.runs.adapters import registered

    store = _store(load_settings())
    with _serving() as (session, serving):
        known = registered(session, serving.profile)
    answers = serving.adapter
    for one in known:
        typer.echo(_line(one, answers))
    registered_names = {one.name for one in known}
    for name in store.adapter_names():
        if name not in registered_names:
            typer.echo(f"{name}  not registered{_mark(name, answers)}")
    if not known and not store.adapter_names():
        typer.echo(f"There is no adapter of {serving.profile}, and none in {store.adapters}.")


@adapter.command()
def show(name: _Name) -> None:
    """Show what is known of an adapter: what it is of, what was measured, and why it may answer."""
    from workers.runs.adapters import find_adapter

    with _serving() as (session, serving):
        found = find_adapter(session, name)
    if found is None:
        raise NoSuchAdapter(f"There is no adapter {name} in the registry. `rapbot adapter list`.")
    typer.echo(_line(found, serving.adapter))
    typer.echo(f"profile {found.profile}, base {found.base}")
    typer.echo(f"SHA-256 {found.sha256}")
    if found.run_id is not None:
        typer.echo(f"made by run {found.run_id}")
    for reason in found.reasons:
        typer.echo(reason)
    for title, said in (("trained on", found.data), ("measured", found.metrics)):
        if said:
            typer.echo(f"{title}: {json.dumps(said, indent=2, ensure_ascii=False)}")


@adapter.command()
def use(
    name: _Name,
    despite: Annotated[
        bool,
        typer.Option("--despite", help="Also if it failed the gate, or was never measured."),
    ] = False,
) -> None:
    """Answer with this adapter from the next job on, in all workers."""
    from rap_engine.checkpoints.adapter_folder import ADAPTER_FILES

    store = _store(load_settings())
    names = store.adapter_names()
    if name not in names:
        raise NoSuchAdapter(
            f"There is no adapter {name} in {store.adapters};"
            f" there are: {', '.join(names) or 'none'}."
            f" An adapter is a folder with {' and '.join(ADAPTER_FILES)}."
        )
    profile = _put(name, despite=despite)
    typer.echo(
        f"{name} is wanted: {profile} answers with it from the next job on. One that does not fit"
        " is refused in the worker's log."
    )


@adapter.command()
def none() -> None:
    """Answer with the base alone from the next job on."""
    _put(None)
    typer.echo("No adapter is wanted: the base alone answers from the next job on.")


@adapter.command()
def rollback() -> None:
    """Return to what answered before; repeated, further back."""
    from bot.administration.adapters import roll_back_adapter
    from bot.administration.audit import OPERATOR

    with _serving() as (session, _):
        now = roll_back_adapter(session, OPERATOR, load_settings())
    typer.echo(f"{now or 'The base alone'} answers from the next job on.")


@adapter.command()
def add(
    folder: Annotated[
        Path, typer.Argument(help="With adapter_config.json and adapter_model.safetensors.")
    ],
    name: Annotated[str, typer.Argument(help="What it shall be called.")],
) -> None:
    """Register an adapter of somewhere else, as one that was not measured."""
    from bot.administration.adapters import add_adapter, check_takes_adapters
    from bot.administration.audit import OPERATOR
    from workers.runs.adapters import find_adapter
    from workers.runs.brought import check_adapter
    from workers.runs.refusals import AdapterKnown
    from workers.runs.shelf import shelve

    settings = load_settings()
    check_adapter(folder)
    with _serving() as (session, serving):
        if find_adapter(session, name) is not None:
            raise AdapterKnown(f"There is an adapter {name} already. Choose another name.")
        check_takes_adapters(settings, serving.profile)
        shelve(_store(settings), folder, name)
        add_adapter(session, OPERATOR, settings, name)
    typer.echo(
        f"{name} is registered. Nobody has measured it:"
        f" `rapbot adapter use {name} --despite` lets it answer."
    )


def _put(name: str | None, *, despite: bool = False) -> str:
    """Put an adapter into service, and return the profile that serves with it."""
    from bot.administration.adapters import use_adapter
    from bot.administration.audit import OPERATOR

    with _serving() as (session, serving):
        use_adapter(session, OPERATOR, load_settings(), name, despite=despite)
    return serving.profile


@contextmanager
def _serving() -> "Iterator[tuple[Session, Serving]]":
    """Open a transaction, and say what serves: the settings' profile if nothing ever did."""
    from rap_engine.memory.in_service import serving_or

    profile = load_settings().profile
    with joined_database() as database, database.transaction() as session:
        yield session, serving_or(session, profile)


def _line(one: "Adapter", answers: str | None) -> str:
    from workers.runs.measures import measure_params

    said = measure_params(one.metrics)
    return (
        f"{one.name}  {one.verdict.replace('_', ' ')}"
        f"  recognition {said['recognition_before']} -> {said['recognition']}"
        f"  {one.made_at:%Y-%m-%d %H:%M} by {one.made_by}{_mark(one.name, answers)}"
    )


def _mark(name: str, answers: str | None) -> str:
    return "  (in service)" if name == answers else ""


def _store(settings: "Settings") -> "WeightsStore":
    from rap_engine.checkpoints import WeightsStore

    return WeightsStore(settings.weights_dir)
