"""What happens to a group, from the Bot API's JSON: no person asks for anything there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telegram import Message
from telegram.constants import ChatMemberStatus, ChatType

from bot.intake.incoming import Command
from bot.intake.translate import is_from_a_person, read_command

_GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)
_GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


@dataclass(frozen=True, slots=True)
class BotCame:
    """The bot was added to the group, by somebody of this number."""

    external_id: str


@dataclass(frozen=True, slots=True)
class BotWent:
    """The bot was removed from the group, or the group was deleted."""


@dataclass(frozen=True, slots=True)
class PersonWent:
    """Somebody left the group or was removed from it."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """The group has another title."""

    title: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """The group became a supergroup, which is another chat. Both chats are told of it."""

    old_chat_id: int
    new_chat_id: int


@dataclass(frozen=True, slots=True)
class FacelessCommand:
    """A command to the bot of which Telegram does not say who wrote it."""

    command: Command
    message_id: int


Happening = BotCame | BotWent | PersonWent | Renamed | Migrated | FacelessCommand


@dataclass(frozen=True, slots=True)
class GroupEvent:
    """Something that happened to the group of a chat."""

    channel: str
    chat_id: int
    happening: Happening


def read_event(channel: str, payload: Mapping[str, Any], bot_username: str) -> GroupEvent | None:
    """Read what an update says of a group; None if it says nothing that matters."""
    for kind, read in (("my_chat_member", _of_the_bot), ("chat_member", _of_a_person)):
        if kind in payload:
            return _event(channel, payload[kind]["chat"], read(payload[kind]))
    if "message" not in payload:
        return None
    message = Message.de_json(dict(payload["message"]), None)
    return _event(channel, payload["message"]["chat"], _told(message, bot_username))


def _event(channel: str, chat: Mapping[str, Any], happening: Happening | None) -> GroupEvent | None:
    if happening is None or chat["type"] not in _GROUPS:
        return None
    return GroupEvent(channel, chat["id"], happening)


def _of_the_bot(change: Mapping[str, Any]) -> Happening | None:
    if not _is_in(change["new_chat_member"]):
        return BotWent()
    return None if _is_in(change["old_chat_member"]) else BotCame(str(change["from"]["id"]))


def _of_a_person(change: Mapping[str, Any]) -> Happening | None:
    member = change["new_chat_member"]
    return None if _is_in(member) else PersonWent(str(member["user"]["id"]))


def _is_in(member: Mapping[str, Any]) -> bool:
    """Say whether a `ChatMember` is in the chat; somebody restricted may be in it or not.

    Read as JSON: the library refuses one that lacks a right that it knows.
    """
    return member["status"] not in _GONE and bool(member.get("is_member", True))


def _told(message: Message, bot_username: str) -> Happening | None:
    if message.left_chat_member is not None:
        return PersonWent(str(message.left_chat_member.id))
    if message.new_chat_title is not None:
        return Renamed(message.new_chat_title)
    if message.migrate_to_chat_id is not None:
        return Migrated(message.chat.id, message.migrate_to_chat_id)
    if message.migrate_from_chat_id is not None:
        return Migrated(message.migrate_from_chat_id, message.chat.id)
    return _faceless(message, bot_username)


def _faceless(message: Message, bot_username: str) -> FacelessCommand | None:
    is_from_a_bot = message.sender_chat is None
    if is_from_a_person(message) or is_from_a_bot or message.is_automatic_forward:
        return None
    command, is_ours = read_command(message.text or message.caption or "", bot_username)
    if command is None or not is_ours:
        return None
    return FacelessCommand(command, message.message_id)
