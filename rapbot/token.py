"""Asks Telegram whose token it is. The token itself is never part of a message."""

import asyncio

from telegram import Bot
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from config import Settings
from rapbot.errors import OperationError

_TIMEOUT_S = 10.0


class TokenRefused(OperationError):
    """Telegram does not know the token."""


class TelegramUnreachable(OperationError):
    """Telegram does not answer."""


def bot_username(settings: Settings) -> str:
    """Return the user name of the bot whose token is set (`getMe`).

    Raises:
        TokenRefused: Telegram does not know the token.
        TelegramUnreachable: it does not answer.
    """
    if settings.telegram_token is None:
        raise TokenRefused("RAPBOT_TELEGRAM_TOKEN is not set. @BotFather on Telegram gives tokens.")
    try:
        return asyncio.run(_username(settings.telegram_token.get_secret_value(), settings))
    except InvalidToken:
        # Neither chained nor quoted: its message can hold the token.
        raise TokenRefused(
            "Telegram does not know this RAPBOT_TELEGRAM_TOKEN. Copy it again from @BotFather."
        ) from None
    except TelegramError as error:
        reason = type(error).__name__
        raise TelegramUnreachable(
            f"Telegram cannot be reached ({reason}). Check the network, a proxy in HTTPS_PROXY, or"
            " RAPBOT_TELEGRAM_BASE_URL."
        ) from None


async def _username(token: str, settings: Settings) -> str:
    request = HTTPXRequest(connect_timeout=_TIMEOUT_S, read_timeout=_TIMEOUT_S)
    bot = Bot(token, base_url=settings.telegram_base_url, request=request)
    try:
        me = await bot.get_me()
    finally:
        await request.shutdown()
    return me.username or me.first_name
