"""Checks of PostgreSQL and the broker: ours, or those that settings name."""

import signal
import subprocess
from pathlib import Path

from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from config import Settings
from rapbot.doctor.finding import Finding
from rapbot.errors import NotInstalled
from rapbot.layout import Layout
from rapbot.services import identity
from rapbot.services.binaries import postgres_binary, valkey_binary
from workers.app import make_app

_TIMEOUT_S = 5
_HAS_VECTOR = text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")


def postgres_runs(settings: Settings) -> Finding:
    """Look whether our PostgreSQL starts as the user that it would run as."""
    name = "PostgreSQL"
    if settings.database_url is not None:
        return Finding.fine(name, "not ours: RAPBOT_DATABASE_URL is set")
    who = identity.for_postgres(Layout.of(settings.data_dir).postgres_dir)
    try:
        return _version(name, postgres_binary("postgres"), who)
    except NotInstalled as error:
        return Finding.problem(name, "not installed", str(error))


def valkey_runs(settings: Settings) -> Finding:
    """Look whether our Valkey starts."""
    name = "Valkey"
    if settings.redis_url is not None:
        return Finding.fine(name, "not ours: RAPBOT_REDIS_URL is set")
    try:
        return _version(name, valkey_binary(), identity.SAME_USER)
    except NotInstalled as error:
        return Finding.problem(name, "not installed", str(error))


def database_has_pgvector(settings: Settings) -> Finding:
    """Look whether the database that a setting names answers and has pgvector."""
    name = "database"
    if settings.database_url is None:
        return Finding.fine(name, "our own")
    mend = "Start it, and compare RAPBOT_DATABASE_URL with its address, user and password."
    try:
        engine = create_engine(settings.database_url.get_secret_value(), poolclass=NullPool)
        with engine.connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
            has_vector = connection.execute(_HAS_VECTOR).scalar() is not None
    except SQLAlchemyError as error:
        # The type only: the text can hold the password.
        return Finding.problem(name, f"does not answer ({type(error).__name__})", mend)
    if not has_vector:
        return Finding.problem(
            name, f"PostgreSQL {version} without pgvector", "Install pgvector 0.7 or newer there."
        )
    return Finding.fine(name, f"PostgreSQL {version} with pgvector")


def broker_answers(settings: Settings) -> Finding:
    """Look whether the broker that a setting names answers."""
    name = "broker"
    if settings.redis_url is None:
        return Finding.fine(name, "our own")
    try:
        with make_app(settings) as app, app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=_TIMEOUT_S)
    except (BrokerError, ValueError, KeyError) as error:
        return Finding.problem(
            name,
            f"does not answer ({type(error).__name__})",
            "Start it, and compare RAPBOT_REDIS_URL with its address and password.",
        )
    return Finding.fine(name, "answers")


def _version(name: str, binary: Path, who: identity.Identity) -> Finding:
    done = subprocess.run(  # noqa: S603
        who.guarded((str(binary), "--version"), death_signal=signal.SIGKILL),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return Finding.problem(
            name,
            f"does not start: {(done.stderr or done.stdout).strip()}",
            "Run from a folder that every user may enter, or as an ordinary user.",
        )
    return Finding.fine(name, done.stdout.strip())
