"""`rapbot calibrate`: find the cutoff under which somebody is a stranger."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rapbot.cli._settings import load_settings


def calibrate(
    things: Annotated[Path, typer.Argument(help='{"id": {"images": [...]}}, at least 5 things.')],
    source: Annotated[str, typer.Option(help="What these photos are, kept with the cutoff.")],
    output: Annotated[
        Path | None, typer.Option(help="File to write; calibrations.json in the data directory.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="Instead of the configured one.")] = None,
) -> None:
    """Find the encoder's cutoff on photos of known things.

    The first photo of each introduces it, the others are asked about.
    """
    from rap_engine.evaluation.calibrating import choose_cutoff, read_things, run_trials
    from rap_engine.profiles import Loader
    from rap_engine.retrieve.calibration import Calibration, own_calibrations, save_calibration
    from rap_engine.retrieve.retriever import Retriever
    from rapbot.progress import Steps

    settings = load_settings()
    known = read_things(things)
    loader = Loader.of(settings, profile)
    encoder = loader.encoder()
    retriever = Retriever(loader.detector(), encoder, Calibration(encoder.name, 1.0, "not yet"))
    trials = run_trials(retriever, things.parent, known, Steps(sys.stderr).say)
    chosen = Calibration(encoder.name, choose_cutoff(trials), source)
    file = output or own_calibrations(settings.data_dir)
    save_calibration(chosen, file)
    typer.echo(f"{chosen.encoder}: cutoff {chosen.cutoff} in {file}")
    typer.echo("A system that runs uses it once it is started again.")
