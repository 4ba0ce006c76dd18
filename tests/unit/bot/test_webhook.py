"""Where the webhook listens."""

import pytest

from bot.errors import WebhookMisconfigured
from bot.intake.webhook import Endpoint
from config import Settings


def _settings(**chosen: str) -> Settings:
    return Settings(_env_file=None, webhook_url="https://bot.example.org/", **chosen)


def test_its_path_follows_from_the_secret() -> None:
    one = Endpoint.of(_settings(webhook_secret="one"))
    assert one == Endpoint.of(_settings(webhook_secret="one"))
    assert one.path != Endpoint.of(_settings(webhook_secret="two")).path
    assert one.url == "https://bot.example.org" + one.path
    assert "one" not in repr(one)


def test_without_a_secret_it_is_made_of_the_token() -> None:
    endpoint = Endpoint.of(_settings(telegram_token="7:token"))
    assert len(endpoint.secret) == 64
    assert "token" not in endpoint.secret


@pytest.mark.parametrize("secret", ["with space", "x" * 257, "é"])
def test_a_secret_that_telegram_refuses_is_refused_at_once(secret: str) -> None:
    with pytest.raises(WebhookMisconfigured, match="RAPBOT_WEBHOOK_SECRET"):
        Endpoint.of(_settings(webhook_secret=secret))
