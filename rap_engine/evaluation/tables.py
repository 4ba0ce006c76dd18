"""Reports side by side: one row each, in columns of text or as Markdown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rap_engine.evaluation.report import GenerationReport

_Cell = Callable[[GenerationReport], float | None]
_COLUMNS: Final[Mapping[str, _Cell]] = {
    "positive": lambda report: report.recognition.positive,
    "negative": lambda report: report.recognition.negative,
    "mean": lambda report: report.recognition.mean,
    "AUC": lambda report: report.recognition.auc,
    "precision": lambda report: report.captions.precision,
    "recall": lambda report: report.captions.recall,
    "F1": lambda report: report.captions.f1,
    "F1 of known": lambda report: report.captions_of_known.f1,
    "questions": lambda report: report.questions.mean,
}


def as_text(rows: Sequence[tuple[str, GenerationReport]]) -> str:
    """Return the table with aligned columns."""
    cells = _cells(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def as_markdown(rows: Sequence[tuple[str, GenerationReport]]) -> str:
    """Return the table as Markdown."""
    head, *body = [[cell.replace("|", r"\|") for cell in line] for line in _cells(rows)]
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *body))


def _cells(rows: Sequence[tuple[str, GenerationReport]]) -> list[list[str]]:
    body = [
        [label, *(_number(cell(report)) for cell in _COLUMNS.values())] for label, report in rows
    ]
    return [["", *_COLUMNS], *body]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
