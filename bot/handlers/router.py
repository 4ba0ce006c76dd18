"""Chooses the handler of a message. A message that cannot be used gets a sentence instead."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from bot.handlers import buttons
from bot.handlers.ask import ask, where
from bot.handlers.concepts import forget_, list_, undo
from bot.handlers.context import Context
from bot.handlers.faces import agree_, decline, erase, faces
from bot.handlers.remember import (
    add_view,
    cancel,
    cancel_taken,
    continue_dialogue,
    other_name,
    remember,
)
from bot.handlers.start import help_, start
from bot.intake.incoming import Command, Tap
from rap_engine.errors import BadInput
from rap_engine.memory import acting_as
from workers.jobs.errors import UploadGone

_COMMANDS: Mapping[str, Callable[[Context, Command], None]] = {
    "start": lambda context, _: start(context),
    "help": lambda context, _: help_(context),
    "remember": remember,
    "list": lambda context, _: list_(context),
    "forget": forget_,
    "where": where,
    "faces": lambda context, _: faces(context),
    "cancel": lambda context, _: cancel(context),
}
_TAPS: Mapping[str, Callable[[Context, int], None]] = {
    buttons.UNDO: undo,
    buttons.ADD_VIEW: add_view,
    buttons.OTHER_NAME: other_name,
    buttons.CANCEL: cancel_taken,
    buttons.FACE_AGREE: agree_,
    buttons.FACE_DECLINE: decline,
    buttons.FACE_ERASE: erase,
}
_WITH_THE_SYSTEMS_RIGHTS: frozenset[str] = frozenset()
"""Commands and taps that row-level security would stop. Each looks itself at whom it serves."""
MENU = ("remember", "list", "forget", "where", "cancel", "help")
"""The commands that the channel shows in its menu."""


def handle(context: Context) -> None:
    """Handle a message as the person who sent it. Bad input undoes what its handler wrote."""
    try:
        with _rights(context):
            _route(context)
    except (BadInput, UploadGone) as error:
        reason = getattr(error, "reason", None)
        context.say(error.code if reason is None else f"{error.code}.{reason}")


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
    if not incoming.sender.is_private:
        context.say("only_private")
    elif incoming.tap is not None:
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
    handler = _COMMANDS.get(command.name)
    if handler is None:
        context.say("unknown_command")
    else:
        handler(context, command)


def _tapped(context: Context, tap: Tap) -> None:
    action = buttons.read(tap.data)
    handler = _TAPS.get(action.name) if action is not None else None
    if action is None or handler is None:
        context.say("button_gone")
    else:
        handler(context, action.subject)
