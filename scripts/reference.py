"""Write what is generated from the code: docs/settings.md, docs/commands.md and .env.example.

Usage: python scripts/reference.py [--check]
`--check` writes nothing and fails if a file is not what the code says.
"""

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.main import get_command

from config import Settings
from rapbot.cli import app

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "RAPBOT_"


def settings_page() -> str:
    """Return the table of all settings."""
    rows = "\n".join(
        f"| `{PREFIX}{name.upper()}` | {field.description} | {_kind(field.annotation)} "
        f"| {_default(field)} |"
        for name, field in Settings.model_fields.items()
    )
    return (
        "# Settings\n\n"
        "Read from the environment and from `.env` in the working directory, once, when a process"
        " starts.\nThis page is made from `config/settings.py` by `make reference`.\n\n"
        "| variable | meaning | value | default |\n|---|---|---|---|\n"
        f"{rows}\n"
    )


def env_example() -> str:
    """Return a `.env` in which every setting is there, commented out."""
    lines = ["# Copy to .env and uncomment what you set. docs/settings.md says more."]
    for name, field in Settings.model_fields.items():
        default = _plain_default(field)
        lines += ["", f"# {field.description}", f"#{PREFIX}{name.upper()}={default}"]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Return the help of every command."""
    root = get_command(app)
    parts = ["# Commands\n\nThis page is what `--help` says, made by `make reference`.\n"]
    for path, command in _walk(root, ("rapbot",)):
        context = click.Context(command, info_name=" ".join(path), max_content_width=96)
        parts.append(f"## {' '.join(path)}\n\n```\n{_help(command, context)}\n```\n")
    return "\n".join(parts)


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, child in sorted(getattr(command, "commands", {}).items()):
        yield from _walk(child, (*path, name))


def _help(command: Any, context: Any) -> str:
    formatter = click.HelpFormatter(width=96)
    click.Command.format_usage(command, context, formatter)
    click.Command.format_help_text(command, context, formatter)
    records = [r for p in command.get_params(context) if (r := p.get_help_record(context))]
    if records:
        with formatter.section("Options"):
            formatter.write_dl(records)
    children = sorted(getattr(command, "commands", {}).items())
    if children:
        with formatter.section("Commands"):
            formatter.write_dl([(n, c.get_short_help_str(70)) for n, c in children])
    return "\n".join(line.rstrip() for line in formatter.getvalue().strip().splitlines())


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if isinstance(annotation, types.UnionType):
        return " or ".join(_kind(part) for part in get_args(annotation) if part is not type(None))
    names = {
        bool: "`true` or `false`",
        int: "whole number",
        float: "number",
        Path: "path",
        str: "text",
    }
    return names.get(annotation, "numbers" if get_origin(annotation) is tuple else "secret")


def _default(field: FieldInfo) -> str:
    default = _plain_default(field)
    return f"`{default}`" if default else "none"


def _plain_default(field: FieldInfo) -> str:
    default = field.default
    if default is None or default == () or default is PydanticUndefined:
        return ""
    return str(default)


def main() -> int:
    """Write or check the files; return the exit status."""
    check = sys.argv[1:] == ["--check"]
    files = {
        ROOT / "docs" / "settings.md": settings_page(),
        ROOT / "docs" / "commands.md": commands_page(),
        ROOT / ".env.example": env_example(),
    }
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if not check:
            path.write_text(files[path])
        sys.stdout.write(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}\n")
    if check and stale:
        sys.stdout.write("Run `make reference`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
