"""A park with a dog and a cat."""

from pathlib import Path

import pytest

from tests.unit.training.makers.scenes import Park


@pytest.fixture(scope="module")
def park(tmp_path_factory: pytest.TempPathFactory) -> Park:
    return Park(Path(tmp_path_factory.mktemp("park")))
