"""Looks for somebody in every table and every file."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import text

from rap_engine.memory import Database

_TABLES = text(
    "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
)


def tables(database: Database) -> list[str]:
    with database.transaction() as session:
        return sorted(session.scalars(_TABLES))


def rows(database: Database) -> dict[str, int]:
    """How many rows each table has that has any."""
    counts = {}
    for table in tables(database):
        with database.transaction() as session:
            query = text(f"SELECT count(*) FROM {table}")  # noqa: S608
            count = session.execute(query).scalar_one()
        if count and table != "alembic_version":
            counts[table] = count
    return counts


def found_in_tables(database: Database, markers: Mapping[str, str | bytes]) -> dict[str, set[str]]:
    """By marker, the tables with a row that holds it, in a column of whatever type."""
    return {
        name: {table for table in tables(database) if _holds(database, table, marker)}
        for name, marker in markers.items()
    }


def _holds(database: Database, table: str, marker: str | bytes) -> bool:
    """A row as text has all of its columns; bytes are written in hexadecimal."""
    needles = [marker.hex()] if isinstance(marker, bytes) else [marker, marker.encode().hex()]
    # Characters that JSON or a row's text would write in another way cannot be looked for so.
    assert all(json.dumps(needle) == f'"{needle}"' and " " not in needle for needle in needles)
    query = text(
        f"SELECT EXISTS (SELECT FROM {table} AS t WHERE strpos(t::text, :needle) > 0)"  # noqa: S608
    )
    with database.transaction() as session:
        return any(session.execute(query, {"needle": needle}).scalar_one() for needle in needles)


def found_in_files(
    folders: Iterable[Path], markers: Mapping[str, str | bytes]
) -> dict[str, set[str]]:
    """By marker, the files that hold it; PostgreSQL's own folder apart."""
    contents = {
        str(path): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "postgres" not in path.relative_to(folder).parts
    }
    return {
        name: {file for file, content in contents.items() if _bytes(marker) in content}
        for name, marker in markers.items()
    }


def _bytes(marker: str | bytes) -> bytes:
    return marker if isinstance(marker, bytes) else marker.encode()
