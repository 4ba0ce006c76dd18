"""`rapbot evaluate retrieval`: who is recognised, with no words of a generator."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from rap_engine.evaluation.retrieval import RetrievalReport


def retrieval(
    database: Annotated[Path, typer.Option(help="Concepts in RAP's format, database.json.")],
    queries: Annotated[Path, typer.Option(help='Photos of them: {"a.jpg": ["<biscuit>"]}.')],
    strangers: Annotated[Path | None, typer.Option(help='Photos of nobody: {"b.jpg": []}.')] = None,
    pairs: Annotated[Path | None, typer.Option(help="Photos of two, with their sides.")] = None,
    profile: Annotated[str | None, typer.Option(help="Instead of the configured one.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
) -> None:
    """Measure recall, naming, strangers and pairs, through the real database and engine.

    Works for a person of its own, whose concepts are erased at the end.
    """
    from rap_engine.engine import Engine
    from rap_engine.evaluation.rap_format import Dataset
    from rap_engine.evaluation.retrieval import evaluate_retrieval
    from rap_engine.memory import Database
    from rap_engine.profiles import load_profile
    from rapbot.progress import Steps
    from rapbot.system import joined_system

    settings = load_settings()
    if json_file is not None and not json_file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {json_file.parent}")
    dataset = Dataset.read(database, queries, strangers, pairs)
    chosen = load_profile(settings, profile, generates=False)
    steps = Steps(sys.stderr)
    with joined_system(settings, steps=steps) as live:
        assert live.database_url is not None  # noqa: S101  a joined system has one
        memory = Database(live.database_url.get_secret_value())
        try:
            report = evaluate_retrieval(memory, Engine(memory, chosen), dataset, steps.say)
        finally:
            memory.close()
    if json_file is not None:
        json_file.write_text(json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n")
    typer.echo(_in_words(report))


def _in_words(report: "RetrievalReport") -> str:
    shares: list[tuple[str, Any]] = [
        *((f"recall at {k}", value) for k, value in report.recall.items()),
        ("positive", report.positive),
        ("negative", report.negative),
        ("mean", report.mean),
        ("pairs", report.pairs),
    ]
    lines = [f"profile {report.profile}, cutoff {report.cutoff:.4f}"]
    lines += [f"{name:<12} {value:.3f}" for name, value in shares if value is not None]
    lines += [f"photos       {', '.join(f'{n} {what}' for what, n in report.n.items())}"]
    lines += [
        f"wrong: {m.photo}: {', '.join(m.named) or 'nobody'},"
        f" expected {', '.join(m.expected) or 'nobody'}"
        for m in report.mistakes
    ]
    return "\n".join(lines)
