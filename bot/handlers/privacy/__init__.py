"""What the bot holds about a person: told, handed out, erased."""

from collections.abc import Callable, Mapping

from bot.handlers.context import Context
from bot.handlers.privacy import actions
from bot.handlers.privacy.erasing import ask_to_erase, erase_all, erase_mine, erase_nothing
from bot.handlers.privacy.exporting import export
from bot.handlers.privacy.telling import privacy
from bot.handlers.privacy.training import agree, withdraw
from bot.intake.incoming import Command

COMMANDS: Mapping[str, Callable[[Context, Command], None]] = {
    "privacy": lambda context, _: privacy(context),
    "export": lambda context, _: export(context),
    "delete_my_data": lambda context, _: ask_to_erase(context),
}
TAPS: Mapping[str, Callable[[Context, int], None]] = {
    actions.EXPORT: lambda context, _: export(context),
    actions.TRAINING_AGREE: lambda context, _: agree(context),
    actions.TRAINING_WITHDRAW: lambda context, _: withdraw(context),
    actions.ERASE_ASK: lambda context, _: ask_to_erase(context),
    actions.ERASE_MINE: erase_mine,
    actions.ERASE_ALL: erase_all,
    actions.ERASE_NOTHING: lambda context, _: erase_nothing(context),
}
WITH_THE_SYSTEMS_RIGHTS = frozenset(("privacy", "delete_my_data", *TAPS)) - {actions.EXPORT}
"""What serves is nobody's to read, groups are not seen from a private chat, and nobody may erase
themselves or take the place of another: each of these serves the person of its address alone."""
