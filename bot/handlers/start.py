"""/start and /help."""

from bot.handlers.context import Context
from bot.handlers.families.inviting import PREFIX
from bot.handlers.families.joining import offer
from bot.intake.incoming import Command


def start(context: Context, command: Command) -> None:
    """Say what this is and how to begin, or what the invite of a deep link is for.

    Not in a group, where the invite would be everybody's.
    """
    if context.address.group_id is not None:
        context.say("group_hello", bot=context.bot_username)
    elif command.argument.startswith(PREFIX):
        offer(context, command.argument.removeprefix(PREFIX))
    else:
        context.say("start")


def help_(context: Context) -> None:
    """Say what the bot can do here."""
    if context.address.group_id is not None:
        context.say("group_help", bot=context.bot_username)
        return
    context.say("help")
    if context.address.channel == "console":
        context.say("help_console")
