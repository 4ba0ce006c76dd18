"""Checks of the bot's token and its webhook."""

import asyncio
import time
from urllib.parse import urlsplit

from telegram import Bot, WebhookInfo
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.errors import WebhookMisconfigured
from config import Settings
from rapbot.doctor.finding import Finding
from rapbot.token import TelegramUnreachable, TokenRefused, bot_username

_TIMEOUT_S = 10.0
_RECENT_S = 3600
"""Telegram keeps telling of its last failure long after that was mended."""


def token_is_known(settings: Settings) -> Finding:
    """Look whether Telegram knows the token. Without one the console is the chat."""
    name = "Telegram"
    if settings.telegram_token is None:
        return Finding.fine(name, "no token is set; the chat is in the terminal")
    try:
        return Finding.fine(name, f"the token is @{bot_username(settings)}'s")
    except TokenRefused as error:
        return Finding.problem(name, "the token is refused", str(error))
    except TelegramUnreachable as error:
        return Finding.problem(name, "not reachable", str(error))


def webhook_works(settings: Settings) -> Finding:
    """Look what Telegram says of the webhook (`getWebhookInfo`). Without one the bot polls."""
    name = "webhook"
    if settings.webhook_url is None:
        return Finding.fine(name, "none is set; the bot polls")
    # The server's library is slow to load, and only this check needs it.
    from bot.intake.webhook import Endpoint  # noqa: PLC0415

    try:
        endpoint = Endpoint.of(settings)
    except WebhookMisconfigured as error:
        return Finding.problem(name, "misconfigured", str(error))
    if settings.telegram_token is None:
        return Finding.problem(name, "no token is set", "Set RAPBOT_TELEGRAM_TOKEN.")
    try:
        info = asyncio.run(_webhook_info(settings.telegram_token.get_secret_value(), settings))
    except TelegramError as error:
        # The type only: the message can hold the token.
        return Finding.problem(
            name,
            f"Telegram did not tell ({type(error).__name__})",
            "See the line about Telegram above.",
        )
    return _judged(name, info, endpoint.url)


async def _webhook_info(token: str, settings: Settings) -> WebhookInfo:
    request = HTTPXRequest(connect_timeout=_TIMEOUT_S, read_timeout=_TIMEOUT_S)
    bot = Bot(token, base_url=settings.telegram_base_url, request=request)
    try:
        return await bot.get_webhook_info()
    finally:
        await request.shutdown()


def _judged(name: str, info: WebhookInfo, url: str) -> Finding:
    """Judge what Telegram says. No address is shown whole: its path is a secret."""
    waiting = f"{info.pending_update_count} updates wait"
    if info.url != url:
        there = f"it sends them to {urlsplit(info.url).hostname}" if info.url else "it has none"
        return Finding.problem(
            name,
            f"not the one that Telegram knows: {there}; {waiting}",
            "Start the bot, which announces its webhook. If it runs, compare RAPBOT_WEBHOOK_URL and"
            " RAPBOT_WEBHOOK_SECRET (or the token) with those that it was started with.",
        )
    if info.last_error_date is None:
        return Finding.fine(name, f"Telegram knows it and reports no error; {waiting}")
    ago_s = max(0, round(time.time() - info.last_error_date.timestamp()))
    says = f"last error {_ago(ago_s)} ago: {info.last_error_message}; {waiting}"
    if ago_s > _RECENT_S:
        return Finding.fine(name, says)
    return Finding.problem(
        name,
        says,
        "Look whether the bot runs, whether the proxy passes requests on to RAPBOT_WEBHOOK_HOST and"
        " RAPBOT_WEBHOOK_PORT, and whether its certificate is valid. See docs/webhook.md.",
    )


def _ago(seconds: int) -> str:
    if seconds < 2 * 60:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"
