"""A front door whose settings a test chooses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.bot.chats import Front
from tests.integration.bot.conftest import picture
from tests.services import bare_settings

Choose = Callable[..., None]


@pytest.fixture
def choose(front: Front) -> Choose:
    """Run the bot with these settings from now on."""

    def choose(**chosen: object) -> None:
        front.settings = bare_settings(Path("data"), **chosen)

    return choose


@pytest.fixture
def corgi() -> bytes:
    return picture()
