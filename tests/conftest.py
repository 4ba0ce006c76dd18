"""What all tests share."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from config import Settings
from tests.services import empty, forget_environment, fresh_database, running_services


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_developer() -> None:
    forget_environment()


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A verb that runs in this process sets its logs up, which is not the next test's business."""
    root = logging.getLogger()
    before, handlers, level = structlog.get_config(), root.handlers[:], root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def services() -> Iterator[Settings]:
    """Running PostgreSQL and Valkey; the settings have their URLs."""
    with (
        tempfile.TemporaryDirectory(prefix="rapbot-test-") as folder,
        running_services(Path(folder)) as settings,
    ):
        yield settings


@pytest.fixture(scope="module")
def _database_of_the_module(services: Settings) -> Iterator[str]:
    with fresh_database(services) as url:
        yield url


@pytest.fixture
def database_url(_database_of_the_module: str) -> Iterator[str]:
    """A database with the newest schema and no rows."""
    yield _database_of_the_module
    empty(_database_of_the_module)
