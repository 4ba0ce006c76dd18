"""Checks of the bot's token."""

from config import Settings
from rapbot.doctor.finding import Finding
from rapbot.token import TelegramUnreachable, TokenRefused, bot_username


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
