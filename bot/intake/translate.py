"""From the Bot API's JSON to `Incoming`."""

import mimetypes
import re
from collections.abc import Mapping
from typing import Any

from telegram import Chat, Document, Message, Update, User
from telegram.constants import ChatType

from bot.intake.incoming import Command, Incoming, PhotoRef, Sender, Tap

_COMMAND = re.compile(r"/(?P<name>\w{1,32})(?:@(?P<addressee>\w+))?(?:\s+|$)(?P<argument>.*)", re.S)
_ANIMATION = "image/gif"
# In this order: an animation is also a document, a venue is also a location.
_KINDS = {
    "voice": "voice",
    "audio": "voice",
    "video": "video",
    "video_note": "video",
    "animation": "animation",
    "sticker": "sticker",
    "location": "location",
    "contact": "contact",
    "poll": "poll",
    "document": "document",
    "dice": "other",
    "game": "other",
    "story": "other",
    "paid_media": "other",
    "checklist": "other",
}


def translate(channel: str, payload: Mapping[str, Any], bot_username: str) -> Incoming | None:
    """Read an update; None for one that nobody expects an answer to.

    Those are updates of other kinds, edits, service messages, messages of bots and channels, and
    in groups whatever is neither a command nor a reply to this bot. What happens to a group itself
    is read by `bot.intake.events`.
    """
    if payload.keys().isdisjoint(("message", "callback_query")):
        return None
    update = Update.de_json(dict(payload), None)
    if update.callback_query is not None:
        return _tapped(channel, update)
    message = update.message
    if message is None or message.from_user is None or not is_from_a_person(message):
        return None
    return _written(channel, update.update_id, message, message.from_user, bot_username)


def is_from_a_person(message: Message) -> bool:
    """Say whether a person wrote a message under their own name.

    Admins may write as their group, and anybody as their channel. Telegram puts a name of its own
    there then.
    """
    user = message.from_user
    return user is not None and not user.is_bot and message.sender_chat is None


def read_command(text: str, bot_username: str) -> tuple[Command | None, bool]:
    """Return the command of a text, and whether it is not meant for another bot."""
    found = _COMMAND.match(text)
    if found is None:
        return None, True
    addressee = found["addressee"]
    is_ours = addressee is None or addressee.lower() == bot_username.lower()
    name, argument = found["name"].lower(), found["argument"].strip()
    return Command(name, argument, addressee is not None and is_ours), is_ours


def _tapped(channel: str, update: Update) -> Incoming | None:
    query = update.callback_query
    if query is None or query.message is None or query.data is None:
        return None
    if query.message.chat.type == ChatType.CHANNEL:
        return None
    return Incoming(
        update_id=update.update_id,
        sender=_sender(channel, query.from_user, query.message.chat),
        message_id=None,
        tap=Tap(query.id, query.data, query.message.message_id),
    )


def _written(
    channel: str, update_id: int, message: Message, user: User, bot_username: str
) -> Incoming | None:
    text = message.text or message.caption or ""
    command, is_ours = read_command(text, bot_username)
    is_private = message.chat.type == ChatType.PRIVATE
    is_reply = _is_ours(message.reply_to_message, bot_username)
    photo = _photo(message)
    kind = None if photo is not None or message.text else _kind(message)
    is_empty = photo is None and kind is None and not message.text
    if is_empty or not is_ours:
        return None
    if not is_private and command is None and not _is_said_to_us(message, kind, is_reply=is_reply):
        return None
    # In a group people reply to the bot to talk to it, not to show its own picture to it.
    shown = None if is_reply and not is_private else message.reply_to_message
    return Incoming(
        update_id=update_id,
        sender=_sender(channel, user, message.chat),
        message_id=message.message_id,
        text=text,
        command=command,
        photo=photo,
        reply_photo=_photo(shown) if shown is not None else None,
        album_id=message.media_group_id,
        kind=kind,
    )


def _is_said_to_us(message: Message, kind: str | None, *, is_reply: bool) -> bool:
    """Say whether a message in a group that is no command is a reply that the bot can use."""
    return is_reply and kind is None and message.media_group_id is None


def _is_ours(message: Message | None, bot_username: str) -> bool:
    user = message.from_user if message is not None else None
    return user is not None and (user.username or "").lower() == bot_username.lower()


def _sender(channel: str, user: User, chat: Chat) -> Sender:
    return Sender(
        channel=channel,
        # A terminal knows people by the name that they gave, Telegram by a number.
        external_id=str(user.id) if channel == "telegram" else str(user.username),
        display_name=user.full_name,
        language=user.language_code or "",
        chat_id=chat.id,
        is_private=chat.type == ChatType.PRIVATE,
        chat_title=chat.title or "",
    )


def _photo(message: Message) -> PhotoRef | None:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return PhotoRef(largest.file_id, largest.file_size)
    document = message.document
    if document is None or message.animation is not None or not _is_picture(document):
        return None
    return PhotoRef(document.file_id, document.file_size)


def _is_picture(document: Document) -> bool:
    mime = _mime(document)
    return mime.startswith("image/") and mime != _ANIMATION


def _mime(document: Document | None) -> str:
    if document is None:
        return ""
    return document.mime_type or mimetypes.guess_type(document.file_name or "")[0] or ""


def _kind(message: Message) -> str | None:
    for attribute, kind in _KINDS.items():
        if getattr(message, attribute, None) is not None:
            is_gif = attribute == "document" and _mime(message.document) == _ANIMATION
            return "animation" if is_gif else kind
    return None
