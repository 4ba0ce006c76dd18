"""All commands and taps, from their packages: a further one is a line there."""

from collections.abc import Mapping
from typing import Final

from bot.handlers import admin, buttons, families, privacy, usage
from bot.handlers.ask import ask_, where
from bot.handlers.concepts import forget_, forget_this, list_, undo
from bot.handlers.faces import agree_, decline, erase, faces
from bot.handlers.remember import add_view, cancel, cancel_taken, other_name, remember
from bot.handlers.specs import CommandSpec, TapSpec, bare, by_name, on_id
from bot.handlers.start import help_, start
from bot.intake.incoming import Command, Incoming

COMMANDS: Final[Mapping[str, CommandSpec]] = by_name(
    (
        CommandSpec("start", start, in_groups=True),
        CommandSpec("help", bare(help_), in_groups=True),
        CommandSpec("remember", remember, in_groups=True),
        CommandSpec("list", bare(list_), in_groups=True),
        CommandSpec("forget", forget_, in_groups=True),
        CommandSpec("ask", ask_, in_groups=True),
        CommandSpec("where", where, in_groups=True),
        # An agreement that was given in a group could be taken back nowhere else.
        CommandSpec("faces", bare(faces), in_groups=True),
        CommandSpec("cancel", bare(cancel), in_groups=True),
        *usage.COMMANDS,
        *families.COMMANDS,
        *privacy.COMMANDS,
        *admin.COMMANDS,
    )
)
TAPS: Final[Mapping[str, TapSpec]] = by_name(
    (
        TapSpec(buttons.UNDO, on_id(undo), in_groups=True),
        TapSpec(buttons.FORGET, on_id(forget_this), in_groups=True),
        TapSpec(buttons.ADD_VIEW, on_id(add_view), in_groups=True),
        TapSpec(buttons.OTHER_NAME, on_id(other_name), in_groups=True),
        TapSpec(buttons.CANCEL, on_id(cancel_taken), in_groups=True),
        TapSpec(buttons.FACE_AGREE, on_id(agree_), in_groups=True),
        TapSpec(buttons.FACE_DECLINE, on_id(decline), in_groups=True),
        TapSpec(buttons.FACE_ERASE, on_id(erase), in_groups=True),
        *families.TAPS,
        *privacy.TAPS,
        *admin.TAPS,
    )
)


def is_ours(command: Command) -> bool:
    """Say whether a command in a group is for this bot, for all that can be known."""
    spec = COMMANDS.get(command.name)
    return command.is_addressed or (spec is not None and spec.in_groups)


def is_about_own_data(incoming: Incoming) -> bool:
    """Say whether somebody asks for what is held about them."""
    spec: CommandSpec | TapSpec | None = None
    if incoming.tap is not None:
        spec = TAPS.get(buttons.name_of(incoming.tap.data))
    elif incoming.command is not None:
        spec = COMMANDS.get(incoming.command.name)
    return spec is not None and spec.is_own_data
