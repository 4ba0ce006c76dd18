"""The database for a verb that needs no worker."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rapbot.cli._settings import load_settings

if TYPE_CHECKING:
    from rap_engine.memory import Database


@contextmanager
def joined_database() -> "Iterator[Database]":
    """Use the database of the system that runs, or of one of our own while the block lasts."""
    from rap_engine.memory import Database
    from rapbot.progress import Steps
    from rapbot.system import joined_system

    with joined_system(load_settings(), steps=Steps(sys.stderr)) as live:
        assert live.database_url is not None  # noqa: S101  a joined system has one
        database = Database(live.database_url.get_secret_value())
        try:
            yield database
        finally:
            database.close()
