"""Training runs as a terminal shows them."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from rap_engine.training.progress import Progress
    from rap_engine.training.running.outcome import RunResult
    from workers.runs.tables import TrainingRun


def line_of(run: "TrainingRun") -> str:
    """Return a run's line in a list."""
    asked = run.created_at.strftime("%Y-%m-%d %H:%M")
    return f"{run.id:>5}  {asked}  {run.state:<9}  {run.plan['name']:<20} {_how_far(run)}".rstrip()


def lines_of(run: "TrainingRun", adapters: "Path") -> Iterator[str]:
    """Yield what is known of a run. `adapters` is where those are that it may have added to."""
    from rap_engine.training.running.outcome import RunResult

    yield line_of(run)
    yield f"asked for by {run.asked_by}, attempt {run.attempt}"
    if run.loss is not None:
        yield f"training loss {run.loss:.4f}"
    if run.seconds_left is not None:
        yield f"about {run.seconds_left / 60:.0f} min left"
    if run.cancel_asked_by is not None:
        yield f"its end was asked for by {run.cancel_asked_by}"
    if run.state == "done":
        # What it left in its own folder is deleted at its end.
        made = adapters / str(run.report.get("adapter", ""))
        yield from results_of(RunResult.from_json(run.report), made)
        yield _service(run)


def results_of(result: "RunResult", adapter: "Path") -> Iterator[str]:
    """Yield what the stages of a run came to."""
    yield f"adapter in {adapter}"
    yield f"the gate says: {result.measuring.verdict.replace('_', ' ')}"
    yield from (f"  {reason}" for reason in result.measuring.reasons)


def results_here(result: "RunResult", name: str, folder: "Path") -> Iterator[str]:
    """Yield what a run without a trainer came to, and what to do with it."""
    adapter = result.training.adapter
    for line in results_of(result, adapter):
        # Such a run knows of no adapter that serves.
        yield line.replace("of what serves", "of the base alone").replace(
            "what serves was not measured", "the base alone was not measured"
        )
    yield f"All of it is in {folder / 'result.json'}."
    yield f"Next: `rapbot adapter add {shlex.quote(str(adapter))} {shlex.quote(name)}`"


def finished_at(folder: "Path") -> datetime | None:
    """Return when the last stage of a run was finished, None if none is."""
    moments = [file.stat().st_mtime for file in (folder / "finished").glob("*.json")]
    return datetime.fromtimestamp(max(moments), UTC) if moments else None


def all_of(run: "TrainingRun") -> dict[str, object]:
    """Return all that is known of a run, as JSON can hold it."""
    moments = ("created_at", "started_at", "finished_at")
    plain = ("id", "state", "asked_by", "attempt", "stage", "step", "steps", "loss")
    rest = ("seconds_left", "micro_batch", "cancel_asked_by", "error", "report", "plan")
    said = {name: getattr(run, name) for name in (*plain, *rest)}
    times = {name: getattr(run, name) for name in moments}
    return said | {name: at.isoformat() if at else None for name, at in times.items()}


@contextmanager
def progress_bars() -> "Iterator[Callable[[Progress], None]]":
    """Show how far each stage is, on a terminal; elsewhere a line a stage."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    told = TextColumn("{task.fields[told]}")
    shown: dict[str, object] = {}
    with Bars(*columns, told, console=console, disable=not console.is_terminal) as bars:

        def tell(progress: "Progress") -> None:
            if progress.stage not in shown:
                shown[progress.stage] = bars.add_task(progress.stage, total=None, told="")
                if not console.is_terminal:
                    typer.echo(progress.stage, err=True)
            bars.update(
                shown[progress.stage],  # type: ignore[arg-type]
                completed=progress.step,
                total=progress.steps or None,
                told=_told(progress),
            )

        yield tell


def _how_far(run: "TrainingRun") -> str:
    if run.state == "running":
        steps = f" {run.step:,} of {run.steps:,}" if run.steps else ""
        return f"{run.stage or 'begins'}{steps}"
    if run.state == "done":
        return str(run.report.get("adapter", ""))
    return run.error or ""


def _service(run: "TrainingRun") -> str:
    if run.report.get("promoted"):
        return f"{run.report['adapter']} answers since then"
    return str(run.report.get("not_promoted") or "it was not put into service")


def _told(progress: "Progress") -> str:
    parts = []
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.4f}")
    if progress.seconds_left is not None:
        minutes, seconds = divmod(int(progress.seconds_left), 60)
        parts.append(f"{minutes // 60}:{minutes % 60:02}:{seconds:02} left")
    return "  ".join(parts)
