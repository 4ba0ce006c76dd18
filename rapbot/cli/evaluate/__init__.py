"""`rapbot evaluate`: how well a profile does on labelled photos."""

import typer

from rapbot.cli.evaluate.ablation import ablation
from rapbot.cli.evaluate.generation import generation
from rapbot.cli.evaluate.retrieval import retrieval

evaluate = typer.Typer(help="Measure on photos whose answers are known.", no_args_is_help=True)
for verb in (retrieval, generation, ablation):
    evaluate.command()(verb)
