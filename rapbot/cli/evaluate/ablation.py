"""`rapbot evaluate ablation`: adapters and variants in one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from rap_engine.evaluation.variants import Variant
from rapbot.cli.evaluate._asked import (
    NO_ADAPTER,
    DatabaseFile,
    JsonFile,
    ProfileName,
    QueriesFile,
    QuestionsFile,
    Seed,
    StrangersFile,
    adapter_folder,
    check_parent,
    loader_of,
    prepared,
    write_json,
)

_ALONE = "base alone"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table: whom to measure, and how."""

    label: str
    adapter: str
    variant: Variant = Variant.FULL


def ablation(
    database: DatabaseFile,
    queries: QueriesFile,
    strangers: StrangersFile = None,
    questions: QuestionsFile = None,
    profile: ProfileName = None,
    adapter: Annotated[
        list[str] | None,
        typer.Option(
            help='A row: "without negatives=NAME", or the name alone. NAME:VARIANT measures it so.'
            " Repeat it."
        ),
    ] = None,
    variant: Annotated[
        list[Variant] | None,
        typer.Option(help="A row with the first adapter; all of them if none is named."),
    ] = None,
    seed: Seed = 0,
    markdown: Annotated[bool, typer.Option(help="Print the table as Markdown.")] = False,
    json_file: JsonFile = None,
) -> None:
    """Print one table: a row an adapter, then a row a variant of the first adapter.

    The base is loaded and the photos are looked at once.
    """
    from rap_engine.evaluation.tables import as_markdown, as_text

    check_parent(json_file)
    rows = _rows(adapter or [f"{_ALONE}={NO_ADAPTER}"], variant or list(Variant))
    loader = loader_of(profile)
    # Models take minutes to load: an adapter that is not there is said before.
    folders = {row.adapter: adapter_folder(loader.store, row.adapter) for row in rows}
    exam = prepared(loader, (database, queries, strangers, questions), seed)
    # Adapters are switched once each.
    in_turn = sorted(rows, key=lambda row: list(folders).index(row.adapter))
    measured = {row: exam.measure(row.variant, folders[row.adapter]) for row in in_turn}
    table = [(row.label, measured[row]) for row in rows]
    write_json(json_file, {label: report.to_json() for label, report in table})
    typer.echo((as_markdown if markdown else as_text)(table))


def _rows(adapters: Sequence[str], variants: Sequence[Variant]) -> list[_Row]:
    """Return the adapters' rows, and those of the first one's variants."""
    named = [_row(each) for each in adapters]
    first = named[0].adapter
    varied = [
        _Row(each.replace("_", " "), first, each) for each in variants if each is not Variant.FULL
    ]
    rows = [*named, *varied]
    labels = [row.label for row in rows]
    for label in labels:
        if labels.count(label) > 1:
            raise typer.BadParameter(f"two rows are called {label}")
    return rows


def _row(said: str) -> _Row:
    label, is_labelled, named = said.rpartition("=")
    if not named or (is_labelled and not label):
        raise typer.BadParameter(f"{said} is neither NAME nor LABEL=NAME")
    name, is_varied, variant = named.rpartition(":")
    if is_varied and variant in set(Variant):
        return _Row(label or named, name, Variant(variant))
    return _Row(label or named, named)
