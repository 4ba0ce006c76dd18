"""`rapbot evaluate ablation`: adapters and variants in one table."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from rap_engine.evaluation.generation import Exam
    from rap_engine.evaluation.report import GenerationReport

_ALONE = "base alone"


def ablation(
    database: DatabaseFile,
    queries: QueriesFile,
    strangers: StrangersFile = None,
    questions: QuestionsFile = None,
    profile: ProfileName = None,
    adapter: Annotated[
        list[str] | None,
        typer.Option(help='A row: "without negatives=NAME", or the name alone. Repeat it.'),
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
    named = [_labelled(each) for each in adapter or [f"{_ALONE}={NO_ADAPTER}"]]
    others = [each for each in variant or Variant if each is not Variant.FULL]
    loader = loader_of(profile)
    # Models take minutes to load: an adapter that is not there is said before.
    folders = [(label, adapter_folder(loader.store, name)) for label, name in named]
    exam = prepared(loader, (database, queries, strangers, questions), seed)
    rows = _rows(exam, folders, others)
    write_json(json_file, {label: report.to_json() for label, report in rows})
    typer.echo((as_markdown if markdown else as_text)(rows))


def _rows(
    exam: "Exam", folders: list[tuple[str, Path | None]], variants: Sequence[Variant]
) -> "list[tuple[str, GenerationReport]]":
    # The first one's variants come while it is in use: adapters are switched once each.
    (label, first), *rest = folders
    top = label, exam.measure(adapter=first)
    varied = [(each.replace("_", " "), exam.measure(each, first)) for each in variants]
    return [top, *((name, exam.measure(adapter=folder)) for name, folder in rest), *varied]


def _labelled(said: str) -> tuple[str, str]:
    """Return a row's label and its adapter."""
    label, is_labelled, name = said.rpartition("=")
    if not name or (is_labelled and not label):
        raise typer.BadParameter(f"{said} is neither NAME nor LABEL=NAME")
    return (label if is_labelled else name), name
