"""/start and /help."""

from bot.handlers.context import Context


def start(context: Context) -> None:
    """Say what this is and how to begin."""
    context.say("start")


def help_(context: Context) -> None:
    """Say what the bot can do."""
    context.say("help")
    if context.address.channel == "console":
        context.say("help_console")
