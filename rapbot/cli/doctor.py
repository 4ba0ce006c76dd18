"""`rapbot doctor`: what is wrong with this machine and how to mend it."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from rapbot.doctor import Finding

_WORDS = {
    (True, False): ("ok", "green"),
    (True, True): ("warning", "yellow"),
    (False, False): ("problem", "red"),
    (False, True): ("problem", "red"),
}
"""Whether a finding is ok and whether there is something to mend -> word and colour."""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
) -> None:
    """Say what is wrong with this machine and how to mend it.

    Exits with 1 if something is; a warning is not.
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
    word, colour = _WORDS[finding.ok, bool(finding.mend)]
    typer.echo(f"{typer.style(f'{word:8}', fg=colour)} {finding.name}: {finding.says}")
    if finding.mend:
        typer.echo(f"         to mend it: {finding.mend}")
