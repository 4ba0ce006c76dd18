"""What both measurings of generators are told: which set, which profile, which adapters."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rapbot.cli._settings import load_settings
from rapbot.cli.adapter import NoSuchAdapter

if TYPE_CHECKING:
    from rap_engine.checkpoints import WeightsStore
    from rap_engine.evaluation.generation import Exam
    from rap_engine.profiles import Loader

NO_ADAPTER = "none"

DatabaseFile = Annotated[Path, typer.Option(help="Concepts in RAP's format, database.json.")]
QueriesFile = Annotated[Path, typer.Option(help='Photos of them: {"a.jpg": ["<biscuit>"]}.')]
StrangersFile = Annotated[Path | None, typer.Option(help='Photos of nobody: {"b.jpg": []}.')]
QuestionsFile = Annotated[
    Path | None, typer.Option(help="Questions with answers; else made from what was told.")
]
ProfileName = Annotated[str | None, typer.Option(help="Instead of the configured one.")]
Seed = Annotated[int, typer.Option(help="Draws wrong concepts, and photos that are shuffled.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write all figures here.")]


def loader_of(profile: str | None) -> "Loader":
    """Return what loads the profile. Standard error is the steps': of logs it has warnings alone.

    Raises:
        WeightsError: the profile cannot be loaded, for all that is known before.
    """
    from config.logs import configure
    from rap_engine.profiles import Loader

    settings = load_settings()
    configure(settings.model_copy(update={"log_level": "WARNING"}))
    loader = Loader.of(settings, profile)
    loader.check()
    return loader


def prepared(
    loader: "Loader", files: tuple[Path, Path, Path | None, Path | None], seed: int
) -> "Exam":
    """Load the profile and look at the photos of a set: database, queries, strangers, questions."""
    from rap_engine.evaluation.evaluation_set import EvaluationSet
    from rap_engine.evaluation.generation import Exam
    from rapbot.progress import Steps

    asked = EvaluationSet.read(*files)
    return Exam.load(loader, asked, seed=seed, progress=Steps(sys.stderr).say)


def adapter_folder(store: "WeightsStore", name: str) -> Path | None:
    """Return an adapter's folder by its name in the weights folder, or as a path.

    Raises:
        NoSuchAdapter: there is none.
    """
    from rap_engine.checkpoints.adapter_folder import is_adapter

    if name == NO_ADAPTER:
        return None
    if name in store.adapter_names():
        return store.adapters / name
    folder = Path(name)
    if len(folder.parts) > 1 and is_adapter(folder):
        return folder
    there = ", ".join(store.adapter_names()) or "none"
    raise NoSuchAdapter(
        f"There is no adapter {name} in {store.adapters}; there are: {there}."
        f" {NO_ADAPTER} is the base alone, and a path names a folder elsewhere."
    )


def check_parent(file: Path | None) -> None:
    """Say before hours of work that a file cannot be written at their end."""
    if file is not None and not file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {file.parent}")


def write_json(file: Path | None, content: Any) -> None:
    """Write a file, if one is wanted."""
    if file is not None:
        file.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
