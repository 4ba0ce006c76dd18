"""`rapbot doctor`: what is wrong with this machine and how to mend it."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from rapbot.doctor import Finding


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
) -> None:
    """Say what is wrong with this machine and how to mend it.

    Exits with 1 if something is.
    """
    from rapbot.doctor import CHECKS, examine

    findings = examine(load_settings(), CHECKS)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _print(finding)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _print(finding: "Finding") -> None:
    if finding.ok:
        typer.echo(f"{typer.style('ok', fg='green')}       {finding.name}: {finding.says}")
    else:
        typer.echo(f"{typer.style('problem', fg='red')}  {finding.name}: {finding.says}")
        typer.echo(f"         to mend it: {finding.mend}")
