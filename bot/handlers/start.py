"""/start and /help."""

from bot.handlers.context import Context
from bot.handlers.families.inviting import PREFIX
from bot.handlers.families.joining import offer
from bot.intake.incoming import Command


def start(context: Context, command: Command) -> None:
    """Say what this is and how to begin, or what the invite of a deep link is for.

    Not in a group, where the invite would be everybody's.
    """
    if command.argument.startswith(PREFIX) and context.actor.group_id is None:
        offer(context, command.argument.removeprefix(PREFIX))
    else:
        context.say("start")


def help_(context: Context) -> None:
    """Say what the bot can do."""
    context.say("help")
    if context.address.channel == "console":
        context.say("help_console")
