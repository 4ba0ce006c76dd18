"""What tests of re-embedding share."""

import pytest

from rap_engine.memory import Database
from tests.integration.reembedding.setting import Setting


@pytest.fixture
def setting(database: Database) -> Setting:
    return Setting(database)
