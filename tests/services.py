"""One PostgreSQL and one Valkey for a whole test session, started by the code under test."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from redis import Redis

from config import Settings
from rap_engine.memory import conninfo
from rapbot.layout import Layout
from rapbot.services import postgres
from rapbot.system import started_system

TEMPLATE = "rapbot_template"
_numbers = itertools.count(1)


def bare_settings(data_dir: Path, **chosen: object) -> Settings:
    """Settings that a developer's `.env` does not reach."""
    return Settings(_env_file=None, data_dir=data_dir, **chosen)


def no_settings() -> Settings:
    """Settings that nobody chose."""
    return bare_settings(Path("data"))


def forget_environment() -> None:
    """Remove what a developer's shell says about rapbot."""
    for name in [name for name in os.environ if name.startswith("RAPBOT_")]:
        del os.environ[name]


@contextmanager
def running_services(data_dir: Path) -> Iterator[Settings]:
    """Run both servers; the newest schema is in the database that new ones are copied from."""
    with started_system(bare_settings(data_dir)) as settings:
        layout = Layout.of(data_dir)
        with _connect(postgres.url(layout, "postgres")) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # nobody keeps this data
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {postgres.DATABASE}".encode())
        yield settings


@contextmanager
def fresh_database(settings: Settings) -> Iterator[str]:
    """Return the URL of a migrated database that lives as long as the block."""
    layout = Layout.of(settings.data_dir)
    name = f"test_{next(_numbers)}"
    with _connect(postgres.url(layout, "postgres")) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}".encode())
        try:
            yield postgres.url(layout, name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def empty(database_url: str) -> None:
    """Delete all rows, some hundred times faster than a new database is made.

    A connection that a test left open is ended: its locks must not hold up the next test.
    """
    with _connect(database_url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("SET session_replication_role = replica")  # in any order
        tables = connection.execute(
            "SELECT tablename FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        for (table,) in tables.fetchall():
            connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))


def forget_messages(settings: Settings) -> None:
    """Empty the broker: a worker that a test killed had messages in its hands."""
    with broker_of(settings) as broker:
        broker.flushall()


def broker_of(settings: Settings) -> Redis:
    """Return a client of the Valkey that the settings name."""
    assert settings.redis_url is not None
    path = settings.redis_url.get_secret_value().removeprefix("redis+socket://")
    return Redis(unix_socket_path=path)


def _connect(url: str) -> psycopg.Connection:
    plain = conninfo(url)
    return psycopg.connect(plain, autocommit=True)
