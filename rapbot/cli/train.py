"""`rapbot train`: training runs, asked for and watched, or done here and now."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rapbot.cli._database import joined_database
from rapbot.cli._runs import all_of, finished_at, line_of, lines_of, progress_bars, results_here
from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from config import Settings
    from rap_engine.training.plan import Plan

train = typer.Typer(
    help="Train the generator: records, LoRA weights, measures, an adapter.", no_args_is_help=True
)
_PlanFile = Annotated[
    Path | None,
    typer.Argument(
        exists=True, dir_okay=False, help="A plan (TOML); RAPBOT_TRAINING_PLAN without it."
    ),
]
_Number = Annotated[int, typer.Argument(help="The run's number.")]


@train.command()
def start(plan: _PlanFile = None) -> None:
    """Ask for a run. A trainer takes it: one is part of `rapbot up`, or runs by itself."""
    from bot.administration import audit
    from workers.runs.queue import ask_for_run

    wanted = _plan(load_settings(), plan)
    with joined_database() as database, database.transaction() as session:
        run_id = ask_for_run(session, wanted, audit.OPERATOR)
        audit.note(session, audit.OPERATOR, "run_asked_for", f"run:{run_id}", plan=wanted.name)
    typer.echo(f"Run {run_id} waits for a trainer. `rapbot train show {run_id}` says how it goes.")


@train.command()
def runs(limit: Annotated[int, typer.Option(min=1, help="How many.")] = 10) -> None:
    """List the latest runs."""
    from workers.runs.reading import list_runs

    with joined_database() as database, database.transaction() as session:
        found = list_runs(session, limit)
    typer.echo("\n".join(line_of(run) for run in found) or "There were no runs.")


@train.command()
def show(
    run_id: _Number,
    as_json: Annotated[bool, typer.Option("--json", help="Print all that is known of it.")] = False,
) -> None:
    """Show how far a run is, or what came of it."""
    from rap_engine.checkpoints import WeightsStore
    from workers.runs.reading import read_run

    adapters = WeightsStore(load_settings().weights_dir).adapters
    with joined_database() as database, database.transaction() as session:
        run = read_run(session, run_id)
    typer.echo(json.dumps(all_of(run), indent=2) if as_json else "\n".join(lines_of(run, adapters)))


@train.command()
def cancel(run_id: _Number) -> None:
    """End a run. A trainer that works on it ends it within seconds."""
    from bot.administration import audit
    from bot.administration.training import end

    with joined_database() as database, database.transaction() as session:
        state = end(session, audit.OPERATOR, run_id)
    typer.echo(
        f"Run {run_id} will end within seconds."
        if state == "running"
        else f"Run {run_id} is {state}."
    )


@train.command()
def here(
    plan: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A plan (TOML).")],
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Where the run lies; `training/here/NAME` in the data directory without it."
        ),
    ] = None,
) -> None:
    """Do a run in the foreground, without database, broker or trainer, on all GPUs there are.

    What is stopped in the middle goes on where it was when it is started again. The adapter is left
    in the run's folder; `rapbot adapter add` makes it known to a system. Nothing of people who
    agreed is used, for that is read from a database.
    """
    from workers.runs.folders import folder_here
    from workers.runs.outcome import outcome_of

    settings = load_settings()
    wanted = _plan(settings, plan)
    place = (folder or folder_here(settings.training_dir, wanted.name)).absolute()
    before = finished_at(place)
    outcome = outcome_of(_run_here(settings, wanted, place), place)
    if outcome.result is not None:
        typer.echo("\n".join(results_here(outcome.result, wanted.name, place)))
        if before is not None and before == finished_at(place):
            typer.echo(
                f"It was finished on {before:%Y-%m-%d}; nothing was done."
                f" Take --folder, or delete {place}, to train anew."
            )
    elif outcome.ended == "stopped":
        typer.echo("Stopped. The same command goes on from here.", err=True)
        raise typer.Exit(1)
    else:
        typer.secho(f"The run failed: {outcome.message}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1)


def _run_here(settings: "Settings", plan: "Plan", folder: Path) -> int:
    """Do the stages in a process of their own, which is told by Ctrl-C to keep what it has."""
    from rap_engine.training.errors import BadPlan
    from rap_engine.training.running.graces import RUN_S
    from rap_engine.training.running.lifeline import alone_in
    from rap_engine.training.running.request import Request
    from workers.runs.process import RunProcess, environment_of, stage_command

    if plan.records.consented:
        raise BadPlan("consented = true needs a database: ask for the run, `rapbot train start`.")
    folder.mkdir(parents=True, exist_ok=True)
    # Another may train there; its plan is not to be changed under its hands.
    with alone_in(folder):
        Request(run="here", profile=plan.profile or settings.profile).write(folder, plan)
    log = folder / "run.log"
    typer.echo(f"The run lies in {folder}; its log is {log.name}.", err=True)
    with (
        progress_bars() as tell,
        RunProcess(stage_command(folder), folder, environment_of(settings), log, tell) as process,
    ):
        try:
            while (status := process.wait(1.0)) is None:
                pass
        except KeyboardInterrupt:
            typer.echo("stopping …", err=True)
            return process.end(RUN_S)
        return status


def _plan(settings: "Settings", file: Path | None) -> "Plan":
    from rap_engine.training.plan import Plan

    chosen = file or settings.training_plan
    if chosen is None:
        raise typer.BadParameter("name a plan, or set RAPBOT_TRAINING_PLAN")
    return Plan.read(chosen.absolute())
