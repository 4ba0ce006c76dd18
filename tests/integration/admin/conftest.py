"""An admin of the settings at the front door."""

import io
from pathlib import Path

import pytest
from PIL import Image

from rap_engine.memory import Database
from tests.integration.admin.scene import BOSS, Scene, make_scene
from tests.integration.bot.chats import Friend, Front
from tests.services import bare_settings


@pytest.fixture
def front(database: Database, tmp_path: Path) -> Front:
    return Front(database, settings=bare_settings(tmp_path, admins=(BOSS,)))


@pytest.fixture
def boss(front: Front) -> Friend:
    return Friend(front, BOSS)


@pytest.fixture(scope="session")
def photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), "peru").save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture
def scene(front: Front, photo: bytes) -> Scene:
    return make_scene(front, photo)
