"""What `rapbot doctor` says of the webhook, as Telegram tells it."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.client import make_client
from bot.intake.webhook import Endpoint
from config import Settings
from rapbot.doctor import Finding
from rapbot.doctor.telegram import webhook_works
from tests.services import bare_settings
from tests.telegram import LIBRARY_WARNING, TOKEN, FakeTelegram, fake_telegram

pytestmark = [pytest.mark.integration, LIBRARY_WARNING]


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with fake_telegram() as telegram:
        yield telegram


@pytest.fixture
def settings(tmp_path: Path, telegram: FakeTelegram) -> Settings:
    return _settings(tmp_path, telegram)


def _settings(folder: Path, telegram: FakeTelegram, **chosen: Any) -> Settings:
    values = {
        "telegram_token": SecretStr(TOKEN),
        "telegram_base_url": telegram.base_url,
        "webhook_url": "https://bot.example.org",
        "webhook_secret": SecretStr("only-telegram-knows_this"),
        **chosen,
    }
    return bare_settings(folder, **values)


def _announce(settings: Settings) -> None:
    async def set_webhook() -> None:
        async with make_client(settings) as bot:
            await bot.set_webhook(Endpoint.of(settings).url)

    asyncio.run(set_webhook())


def _shown(finding: Finding) -> str:
    return f"{finding.says} {finding.mend}"


def test_without_a_webhook_there_is_nothing_to_look_at(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    finding = webhook_works(_settings(tmp_path, telegram, webhook_url=None))
    assert finding.ok
    assert telegram.calls("getWebhookInfo") == []


def test_a_webhook_that_works_is_fine(settings: Settings) -> None:
    _announce(settings)
    finding = webhook_works(settings)
    assert finding.ok
    assert "no error" in finding.says


def test_a_recent_error_is_shown_with_what_waits(
    settings: Settings, telegram: FakeTelegram
) -> None:
    _announce(settings)
    telegram.webhook_is_in_trouble(
        last_error_date=int(time.time()) - 300,
        last_error_message="Wrong response from the webhook: 502 Bad Gateway",
        pending_update_count=12,
    )
    finding = webhook_works(settings)
    assert not finding.ok
    assert "5 min ago: Wrong response from the webhook: 502 Bad Gateway" in finding.says
    assert "12 updates wait" in finding.says
    assert "proxy" in finding.mend


def test_an_error_of_yesterday_is_told_and_is_no_problem(
    settings: Settings, telegram: FakeTelegram
) -> None:
    _announce(settings)
    telegram.webhook_is_in_trouble(
        last_error_date=int(time.time()) - 86_400, last_error_message="Connection timed out"
    )
    finding = webhook_works(settings)
    assert finding.ok
    assert "24 h ago: Connection timed out" in finding.says


@pytest.mark.parametrize("other", ["", "https://other.example.org/a-secret-path"])
def test_a_webhook_that_telegram_does_not_know_is_a_problem_without_its_path(
    settings: Settings, telegram: FakeTelegram, other: str
) -> None:
    telegram.webhook_is_in_trouble(url=other)
    finding = webhook_works(settings)
    assert not finding.ok
    assert "a-secret-path" not in _shown(finding)
    assert Endpoint.of(settings).path not in _shown(finding)
    assert "RAPBOT_WEBHOOK_URL" in finding.mend


def test_a_secret_that_telegram_would_refuse_is_a_problem(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    finding = webhook_works(_settings(tmp_path, telegram, webhook_secret=SecretStr("two words")))
    assert not finding.ok
    assert "RAPBOT_WEBHOOK_SECRET" in finding.mend
    assert "two words" not in _shown(finding)


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1/bot", None])
def test_a_telegram_that_does_not_tell_is_a_problem_without_the_token(
    tmp_path: Path, telegram: FakeTelegram, base_url: str | None
) -> None:
    unknown = SecretStr("7:hunter2")
    base = {} if base_url is None else {"telegram_base_url": base_url}
    finding = webhook_works(_settings(tmp_path, telegram, telegram_token=unknown, **base))
    assert not finding.ok
    assert "hunter2" not in _shown(finding)
