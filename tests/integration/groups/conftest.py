"""A group of two, and a worker."""

import pytest

from rap_engine.memory import Database
from tests.integration.bot.chats import Front
from tests.integration.bot.conftest import picture
from tests.integration.groups.people import Companion
from tests.standin import StandInWorker


@pytest.fixture
def worker(database: Database) -> StandInWorker:
    """Works when it is told to."""
    return StandInWorker(database)


@pytest.fixture
def anna(front: Front) -> Companion:
    return Companion(front, number=41)


@pytest.fixture
def bert(front: Front) -> Companion:
    return Companion(front, number=42)


@pytest.fixture
def corgi() -> bytes:
    return picture()


@pytest.fixture
def biscuit(anna: Companion, worker: StandInWorker, corgi: bytes) -> None:
    """Anna told the group about Biscuit."""
    anna.sends(corgi, "/remember Biscuit: our corgi")
    worker.work()
    anna.is_told()
