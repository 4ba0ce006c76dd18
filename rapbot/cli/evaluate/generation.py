"""`rapbot evaluate generation`: what a generator says, with one adapter, in one variant."""

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
    from rap_engine.evaluation.report import GenerationReport

_MOST_MISTAKES = 10


def generation(
    database: DatabaseFile,
    queries: QueriesFile,
    strangers: StrangersFile = None,
    questions: QuestionsFile = None,
    profile: ProfileName = None,
    adapter: Annotated[
        str, typer.Option(help="Its name or folder; none is the base alone.")
    ] = NO_ADAPTER,
    variant: Annotated[Variant, typer.Option(help="What differs from the paper's way.")] = (
        Variant.FULL
    ),
    seed: Seed = 0,
    json_file: JsonFile = None,
) -> None:
    """Measure recognition, names in captions, and questions with the paper's measures.

    Needs no database: concepts are remembered in memory and photos looked at once.
    """
    check_parent(json_file)
    loader = loader_of(profile)
    folder = adapter_folder(loader.store, adapter)
    exam = prepared(loader, (database, queries, strangers, questions), seed)
    report = exam.measure(variant, folder)
    write_json(json_file, report.to_json())
    typer.echo(_in_words(report))


def _in_words(report: "GenerationReport") -> str:
    recognition, captions, known = report.recognition, report.captions, report.captions_of_known
    shares = (
        ("recognition, positive", recognition.positive),
        ("recognition, negative", recognition.negative),
        ("recognition, mean", recognition.mean),
        ("recognition, AUC", recognition.auc),
        ("captions, recall", captions.recall),
        ("captions, precision", captions.precision),
        ("captions, F1", captions.f1),
        ("captions of known, F1", known.f1),
        ("questions in words", report.questions.text),
        ("questions on photos", report.questions.visual),
    )
    made_by = ", ".join(
        [
            f"profile {report.profile}",
            f"generator {report.generator}",
            f"adapter {report.adapter or NO_ADAPTER}",
            f"variant {report.variant}",
            f"cutoff {report.cutoff:.4f}",
        ]
    )
    lines = [*_mistakes(report), made_by]
    lines += [f"{name:<22} {value:.3f}" for name, value in shares if value is not None]
    lines += [f"of                     {', '.join(f'{n} {what}' for what, n in report.n.items())}"]
    lines += [f"set                    {report.evaluation_set}"]
    lines += [f"seconds                {report.seconds:.1f}"]
    if recognition.unclear:
        lines += [f"{recognition.unclear} answers say neither yes nor no"]
    if recognition.not_numbers:
        lines += [f"{recognition.not_numbers} log odds are no numbers: the model is broken"]
    return "\n".join(lines)


def _mistakes(report: "GenerationReport") -> list[str]:
    """Return the first few, each on one line: a broken model may say anything."""
    found = _all_mistakes(report)
    lines = [_escaped(mistake) for mistake in found[:_MOST_MISTAKES]]
    more = len(found) - len(lines)
    return [*lines, *([f"{more} more: --json FILE"] if more else [])]


def _escaped(text: str) -> str:
    """Return a text without what would command the terminal, or begin a line of its own."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _all_mistakes(report: "GenerationReport") -> list[str]:
    seen = [
        f"wrong: {m.photo}: {m.concept} {'is' if m.is_there else 'is not'} there; said: {m.said}"
        for m in report.recognition.mistakes
    ]
    named = [
        f"wrong: {m.photo}: caption names {', '.join(sorted(m.said)) or 'nobody'},"
        f" expected {', '.join(sorted(m.expected)) or 'nobody'}"
        for m in report.captions.mistakes
    ]
    told = [
        f"wrong: {m.question}: said {m.said}; expected {m.expected}"
        for m in report.questions.mistakes
    ]
    return [*seen, *named, *told]
