"""Advisories that the audit lets pass: read from requirements/audit-exceptions.toml."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

FILE = "audit-exceptions.toml"
_TABLE = "exception"
_FIELDS = {"package", "advisory", "reason", "until"}


class AuditFailed(Exception):
    """The audit cannot be made, or not be trusted; the message says why."""


@dataclass(frozen=True, slots=True)
class DocumentedException:
    """An advisory that is known and accepted until the end of a day."""

    package: str
    advisory: str
    reason: str
    until: date


def canonical(name: str) -> str:
    """Return a package's name as the registry compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_exceptions(file: Path, today: date) -> list[DocumentedException]:
    """Read the documented exceptions.

    Raises:
        AuditFailed: an exception is not whole, or has ended.
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AuditFailed(f"{file} cannot be read: {error}") from error
    tables = said.get(_TABLE, [])
    if said.keys() - {_TABLE} or not isinstance(tables, list):
        raise AuditFailed(f"{file} has something else than [[{_TABLE}]].")
    exceptions = [_exception(table, file) for table in tables]
    if ended := [e for e in exceptions if e.until < today]:
        lines = [f"  {e.package} {e.advisory}, until {e.until}: {e.reason}" for e in ended]
        raise AuditFailed("\n".join(["Exceptions that have ended:", *lines]))
    return exceptions


def _exception(table: Any, file: Path) -> DocumentedException:
    if isinstance(table, dict) and set(table) == _FIELDS:
        texts = [table[name] for name in ("package", "advisory", "reason")]
        # A time is a date to Python too, and cannot be compared with one.
        if all(isinstance(text, str) and text for text in texts) and type(table["until"]) is date:
            return DocumentedException(canonical(texts[0]), texts[1], texts[2], table["until"])
    raise AuditFailed(
        f"{file}: an exception has {', '.join(sorted(_FIELDS))}, the last of them a date, and"
        f" nothing else: {table}"
    )
