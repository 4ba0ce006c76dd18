"""What all tests share."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from config import Settings
from tests.services import (
    empty,
    forget_environment,
    forget_messages,
    fresh_database,
    running_services,
)


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
def _servers() -> Iterator[Settings]:
    with (
        tempfile.TemporaryDirectory(prefix="rapbot-test-") as folder,
        running_services(Path(folder)) as settings,
    ):
        yield settings


@pytest.fixture
def services(_servers: Settings) -> Settings:
    """Running PostgreSQL and Valkey, nothing in the latter; the settings have their URLs."""
    forget_messages(_servers)
    return _servers


@pytest.fixture(scope="module")
def _database_of_the_module(_servers: Settings) -> Iterator[str]:
    with fresh_database(_servers) as url:
        yield url


@pytest.fixture
def database_url(_database_of_the_module: str) -> Iterator[str]:
    """A database with the newest schema and no rows."""
    yield _database_of_the_module
    empty(_database_of_the_module)
