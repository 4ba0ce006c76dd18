"""The Bot API's client."""

import asyncio
from collections.abc import Iterator

import pytest

from bot.bridge import Bridge
from bot.client import Client, make_client
from bot.intake.files import TelegramFiles
from bot.sender.telegram_courier import TelegramCourier
from config import Settings

TOKEN = "7:token-that-no-log-may-show"


@pytest.fixture
def client() -> Client:
    return make_client(Settings(_env_file=None, telegram_token=TOKEN))


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    loop = asyncio.new_event_loop()
    yield Bridge(loop)
    loop.close()


def test_the_token_is_not_shown(client: Client, bridge: Bridge) -> None:
    assert client.token == TOKEN
    for shown in (client, TelegramFiles(client, bridge), TelegramCourier(client, bridge)):
        assert TOKEN not in f"{shown!r} {shown}"


def test_what_holds_the_client_does_not_show_it(client: Client, bridge: Bridge) -> None:
    assert "Client" not in repr(TelegramFiles(client, bridge))
    assert "Client" not in repr(TelegramCourier(client, bridge))
