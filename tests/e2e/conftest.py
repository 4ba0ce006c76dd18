"""The bot as a process, a Bot API on loopback, and a worker without models."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from config import Settings
from rap_engine.memory import Database
from tests.e2e.programs import Program, ended_afterwards
from tests.standin import StandInWorker
from tests.telegram import TOKEN, FakeTelegram, Person, fake_telegram


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with fake_telegram() as telegram:
        yield telegram


@pytest.fixture
def anna(telegram: FakeTelegram) -> Person:
    return telegram.person(501, "Anna")


@pytest.fixture
def bert(telegram: FakeTelegram) -> Person:
    return telegram.person(502, "Bert")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def environment(services: Settings, database_url: str, telegram: FakeTelegram) -> dict[str, str]:
    assert services.redis_url is not None
    return {
        "RAPBOT_TELEGRAM_TOKEN": TOKEN,
        "RAPBOT_TELEGRAM_BASE_URL": telegram.base_url,
        "RAPBOT_TELEGRAM_BASE_FILE_URL": telegram.base_file_url,
        "RAPBOT_DATABASE_URL": database_url,
        "RAPBOT_REDIS_URL": services.redis_url.get_secret_value(),
    }


@pytest.fixture
def bot(environment: dict[str, str], tmp_path: Path) -> Iterator[Program]:
    """The bot, not started yet."""
    with ended_afterwards(Program("bot", environment, tmp_path)) as program:
        yield program


@pytest.fixture
def worker(database: Database) -> Iterator[StandInWorker]:
    with StandInWorker(database) as worker:
        yield worker


@pytest.fixture
def corgi() -> bytes:
    """A photo as far as its file goes."""
    buffer = io.BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()
