"""Chooses the handler of a message. A message that cannot be used gets a sentence instead."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from bot.handlers import admin, buttons, families, groups, privacy
from bot.handlers.ask import ask, ask_, where
from bot.handlers.buttons import Action
from bot.handlers.concepts import forget_, forget_this, list_, undo
from bot.handlers.context import Context
from bot.handlers.faces import agree_, decline, erase, faces
from bot.handlers.families.letters import post_letters
from bot.handlers.remember import (
    add_view,
    cancel,
    cancel_taken,
    continue_dialogue,
    other_name,
    remember,
)
from bot.handlers.start import help_, start
from bot.handlers.usage import COMMANDS as USAGE
from bot.intake.incoming import Command, Incoming, Tap
from rap_engine.errors import BadInput
from rap_engine.memory import acting_as
from workers.jobs.errors import UploadGone

_COMMANDS: Mapping[str, Callable[[Context, Command], None]] = {
    "start": start,
    "help": lambda context, _: help_(context),
    "remember": remember,
    "list": lambda context, _: list_(context),
    "forget": forget_,
    "ask": ask_,
    "where": where,
    "faces": lambda context, _: faces(context),
    "cancel": lambda context, _: cancel(context),
    **families.COMMANDS,
    **privacy.COMMANDS,
    **USAGE,
}
_TAPS_BY_ID: Mapping[str, Callable[[Context, int], None]] = {
    buttons.UNDO: undo,
    buttons.FORGET: forget_this,
    buttons.ADD_VIEW: add_view,
    buttons.OTHER_NAME: other_name,
    buttons.CANCEL: cancel_taken,
    buttons.FACE_AGREE: agree_,
    buttons.FACE_DECLINE: decline,
    buttons.FACE_ERASE: erase,
    **families.TAPS,
    **privacy.TAPS,
    **admin.TAPS,
}


def _by_id(handler: Callable[[Context, int], None]) -> Callable[[Context, Action], None]:
    return lambda context, action: handler(context, action.subject)


_IN_PRIVATE = {**_COMMANDS, **admin.COMMANDS}
"""In a group nobody is told that there is a command for admins."""
_TAPS: Mapping[str, Callable[[Context, Action], None]] = {
    **{name: _by_id(handler) for name, handler in _TAPS_BY_ID.items()},
    **families.WHOLE_TAPS,
}
_IN_GROUPS = {
    name: handler
    for name, handler in {**_COMMANDS, **groups.COMMANDS}.items()
    if name in groups.COMMANDS_HERE
}
_TAPS_IN_GROUPS = {name: tap for name, tap in _TAPS.items() if name in groups.TAPS_HERE}
_WITH_THE_SYSTEMS_RIGHTS: frozenset[str] = (
    families.WITH_THE_SYSTEMS_RIGHTS
    | privacy.WITH_THE_SYSTEMS_RIGHTS
    | admin.WITH_THE_SYSTEMS_RIGHTS
)
"""Commands and taps that row-level security would stop. Each looks itself at whom it serves."""


def concerns(incoming: Incoming) -> bool:
    """Say whether a message is for this bot: in a group there may be others."""
    command = incoming.command
    if incoming.sender.is_private or command is None:
        return True
    return command.is_addressed or command.name in _COMMANDS


def handle(context: Context) -> None:
    """Handle a message as the person who sent it. Bad input undoes what its handler wrote."""
    try:
        with _rights(context):
            _route(context)
        post_letters(context.session)
    except (BadInput, UploadGone) as error:
        reason = getattr(error, "reason", None)
        params = getattr(error, "params", {})
        context.say(error.code if reason is None else f"{error.code}.{reason}", **params)


def _rights(context: Context) -> AbstractContextManager[object]:
    """Return the person's own rights, or the system's for the few acts that go beyond them."""
    tap, command = context.incoming.tap, context.incoming.command
    action = buttons.read(tap.data) if tap is not None else None
    name = action.name if action is not None else command.name if command is not None else ""
    if name in _WITH_THE_SYSTEMS_RIGHTS:
        return context.session.begin_nested()
    return acting_as(context.session, context.actor)


def _route(context: Context) -> None:
    incoming = context.incoming
    if incoming.tap is not None:
        _tapped(context, incoming.tap)
    elif incoming.album_id is not None:
        context.say("kind.album")
    elif incoming.kind is not None:
        context.say(f"kind.{incoming.kind}")
    elif incoming.command is not None:
        _commanded(context, incoming.command)
    elif not continue_dialogue(context):
        ask(context)


def _commanded(context: Context, command: Command) -> None:
    is_private = context.incoming.sender.is_private
    handler = (_IN_PRIVATE if is_private else _IN_GROUPS).get(command.name)
    if handler is not None:
        handler(context, command)
    elif command.name in _COMMANDS:
        groups.decline(context)
    else:
        context.say("unknown_command")


def _tapped(context: Context, tap: Tap) -> None:
    action = buttons.read(tap.data)
    taps = _TAPS if context.incoming.sender.is_private else _TAPS_IN_GROUPS
    handler = taps.get(action.name) if action is not None else None
    if action is None or handler is None:
        context.say("button_gone")
    elif not groups.is_met(context):
        context.say("group_tap")
    else:
        handler(context, action)
