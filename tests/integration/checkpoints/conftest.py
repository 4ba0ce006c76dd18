"""A hub of each test's own."""

from collections.abc import Iterator

import huggingface_hub
import pytest

from rap_engine.checkpoints.hub import Hub
from tests.integration.checkpoints.fake_hub import FakeHub, serving


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    # A module that was imported before may have set the library offline, as a worker does.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    with serving(FakeHub()) as served:
        yield served


@pytest.fixture
def client(hub: FakeHub) -> Hub:
    return Hub(endpoint=hub.address)
