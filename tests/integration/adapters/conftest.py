"""A weights folder, and a profile that answers."""

from pathlib import Path

import pytest

from rap_engine.checkpoints.store import WeightsStore
from rap_engine.memory import Database
from rap_engine.memory.in_service import wish_for
from tests.integration.adapters.shelf import PROFILE


@pytest.fixture
def store(tmp_path: Path) -> WeightsStore:
    return WeightsStore(tmp_path / "weights")


@pytest.fixture
def serving(database: Database) -> Database:
    """A database under whose profile adapters can answer."""
    with database.transaction() as session:
        wish_for(session, PROFILE)
    return database
