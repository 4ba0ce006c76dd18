"""The front door over a fresh database."""

import io

import pytest
from PIL import Image

from rap_engine.memory import Database
from tests.integration.bot.chats import Friend
from tests.standin import StandInWorker


@pytest.fixture
def worker(database: Database) -> StandInWorker:
    """Works when it is told to."""
    return StandInWorker(database)


def picture(width: int = 320, height: int = 240, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "peru").save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def corgi() -> bytes:
    return picture()


@pytest.fixture
def biscuit(friend: Friend, worker: StandInWorker, corgi: bytes) -> None:
    """The friend told about Biscuit."""
    friend.sends(corgi, "/remember Biscuit: our corgi")
    worker.work()
    friend.is_told()
