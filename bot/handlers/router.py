"""Chooses the handler of a message. A message that cannot be used gets a sentence instead."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from bot.handlers import buttons, groups
from bot.handlers.ask import ask
from bot.handlers.buttons import Action
from bot.handlers.context import Context
from bot.handlers.families.letters import post_letters
from bot.handlers.registry import COMMANDS, TAPS
from bot.handlers.remember import continue_dialogue
from bot.handlers.specs import Rights, TapSpec
from bot.intake.incoming import Command, Incoming, Sender, Tap
from rap_engine.errors import BadInput
from rap_engine.memory import acting_as
from workers.jobs.errors import UploadGone


def concerns(incoming: Incoming) -> bool:
    """Say whether a message is for this bot: in a group there may be others."""
    command = incoming.command
    if incoming.sender.is_private or command is None:
        return True
    spec = COMMANDS.get(command.name)
    return command.is_addressed or (spec is not None and not spec.is_hidden)


def handle(context: Context) -> None:
    """Handle a message as the person who sent it. Bad input undoes what its handler wrote."""
    try:
        act = _choose(context.incoming)
        with _rights(context, act):
            act.run(context)
        post_letters(context.session)
    except (BadInput, UploadGone) as error:
        reason = getattr(error, "reason", None)
        params = getattr(error, "params", {})
        context.say(error.code if reason is None else f"{error.code}.{reason}", **params)


@dataclass(frozen=True, slots=True)
class _Act:
    """What a message comes to, and by whose rights."""

    run: Callable[[Context], None]
    rights: Rights = Rights.THEIRS


def _rights(context: Context, act: _Act) -> AbstractContextManager[object]:
    """Return the person's own rights, or the system's for the few acts that go beyond them."""
    if act.rights is Rights.THE_SYSTEMS:
        return context.session.begin_nested()
    return acting_as(context.session, context.actor)


def _choose(incoming: Incoming) -> _Act:
    if incoming.tap is not None:
        return _choose_tap(incoming.tap, incoming.sender)
    if incoming.album_id is not None:
        return _saying("kind.album")
    if incoming.kind is not None:
        return _saying(f"kind.{incoming.kind}")
    if incoming.command is not None:
        return _choose_command(incoming.command, incoming.sender)
    return _Act(_hear)


def _hear(context: Context) -> None:
    if not continue_dialogue(context):
        ask(context)


def _choose_command(command: Command, sender: Sender) -> _Act:
    spec = COMMANDS.get(command.name)
    if spec is None or (spec.is_hidden and not sender.is_private):
        return _saying("unknown_command")
    if not (sender.is_private or spec.in_groups):
        return _Act(groups.decline)
    run = spec.run
    return _Act(lambda context: run(context, command), spec.rights)


def _choose_tap(tap: Tap, sender: Sender) -> _Act:
    spec = TAPS.get(buttons.name_of(tap.data))
    action = None if spec is None else buttons.read(tap.data, spec.arity)
    if spec is None or action is None or not (sender.is_private or spec.in_groups):
        return _saying("button_gone")
    return _Act(partial(_tapped, spec, action), spec.rights)


def _tapped(spec: TapSpec, action: Action, context: Context) -> None:
    if groups.is_met(context):
        spec.run(context, action)
    else:
        context.say("group_tap")


def _saying(notice: str) -> _Act:
    return _Act(lambda context: context.say(notice))
