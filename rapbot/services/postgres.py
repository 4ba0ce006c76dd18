"""PostgreSQL with pgvector on a unix socket, from the binaries in a wheel."""

import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from sqlalchemy import URL

from rapbot.errors import DataDirUnusable, ProgramFailed
from rapbot.layout import Layout
from rapbot.services import identity, orphans
from rapbot.services.binaries import postgres_binary
from rapbot.services.program import Program, tail

NAME = "PostgreSQL"
DATABASE = "rapbot"
USER = "rapbot"
# Only a part of the socket's file name. Said everywhere, or PGPORT in somebody's shell changes it.
_PORT = 5432

_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    # Else a broken constraint quotes what a person told.
    "log_error_verbosity": "terse",
}


def prepare(layout: Layout) -> bool:
    """Make the data folder if it is not there yet.

    An interrupted `initdb` leaves nothing that a later start could take for a database: it works
    in another folder, which gets its name at the end.

    Returns:
        Whether it was made now.

    Raises:
        NotInstalled: no binaries.
        DataDirUnusable: the data is another version's.
        ProgramFailed: `initdb` failed.
    """
    if layout.postgres_dir.exists():
        _check_version(layout.postgres_dir)
        return False
    unfinished = layout.postgres_dir.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _initdb(layout, unfinished)
    unfinished.rename(layout.postgres_dir)
    return True


def program(layout: Layout) -> Program:
    """Return the server as the supervisor runs it."""
    who = identity.for_postgres(layout.postgres_dir)
    who.own(layout.socket_dir("postgres"))
    settings = {
        **_SETTINGS,
        "unix_socket_directories": str(layout.socket_dir("postgres")),
        "cluster_name": orphans.mark(layout),
    }
    options = [option for item in settings.items() for option in ("-c", "=".join(item))]
    return Program(
        name=NAME,
        command=(str(postgres_binary("postgres")), "-D", str(layout.postgres_dir), *options),
        environment={**_environment(), **orphans.marked(layout)},
        log=layout.log("postgres"),
        identity=who,
        stop_signal=signal.SIGINT,  # "fast": ends sessions, then writes everything
        death_signal=signal.SIGINT,
        stop_timeout_s=30.0,
    )


def url(layout: Layout, database: str = DATABASE) -> str:
    """Return the SQLAlchemy URL of a database on this server."""
    return URL.create(
        "postgresql+psycopg",
        username=USER,
        database=database,
        query={"host": str(layout.socket_dir("postgres")), "port": str(_PORT)},
    ).render_as_string(hide_password=False)


def answers(layout: Layout) -> bool:
    """Tell whether the server takes connections."""
    try:
        with _connect(layout):
            return True
    except psycopg.OperationalError:
        return False


def create_database(layout: Layout) -> None:
    """Make the database if it is not there yet."""
    with _connect(layout) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())


def _connect(layout: Layout) -> psycopg.Connection:
    return psycopg.connect(
        host=str(layout.socket_dir("postgres")),
        port=_PORT,
        user=USER,
        dbname="postgres",
        connect_timeout=5,
        autocommit=True,
    )


def _initdb(layout: Layout, folder: Path) -> None:
    who = identity.for_postgres(folder)
    who.own(folder)
    command = (
        str(postgres_binary("initdb")),
        f"--pgdata={folder}",
        f"--username={USER}",
        "--auth=trust",  # the socket's folder is 0700: who gets that far is who owns the data
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
    )
    log = layout.log("initdb")
    with log.open("wb") as output:
        done = subprocess.run(  # noqa: S603
            who.guarded(command, death_signal=signal.SIGKILL),
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
        )
    if done.returncode != 0:
        raise ProgramFailed("initdb", f"ended with status {done.returncode}", log, tail(log))


def _check_version(postgres_dir: Path) -> None:
    made_by = (postgres_dir / "PG_VERSION").read_text().strip()
    said = subprocess.run(  # noqa: S603
        [postgres_binary("postgres"), "--version"], capture_output=True, text=True, check=True
    )
    ours = said.stdout.split()[-1].split(".")[0]
    if made_by != ours:
        raise DataDirUnusable(
            f"The database in {postgres_dir} was made by PostgreSQL {made_by} and this is {ours}."
            " Dump it with the rapbot that made it, then restore it here (docs/operations.md)."
        )


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PGPORT, PGDATA or a locale would change the server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
