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
    in groups whatever is not a command to this bot.
    """
    update = Update.de_json(dict(payload), None)
    if update.callback_query is not None:
        return _tapped(channel, update)
    message = update.message
    if message is None or message.from_user is None or message.from_user.is_bot:
        return None
    return _written(channel, update.update_id, message, message.from_user, bot_username)


def _tapped(channel: str, update: Update) -> Incoming | None:
    query = update.callback_query
    if query is None or query.message is None or query.data is None:
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
    command, is_ours = _command(text, bot_username)
    is_private = message.chat.type == ChatType.PRIVATE
    photo = _photo(message)
    kind = None if photo is not None or message.text else _kind(message)
    is_empty = photo is None and kind is None and not message.text
    if is_empty or not is_ours or (not is_private and command is None):
        return None
    replied = message.reply_to_message
    return Incoming(
        update_id=update_id,
        sender=_sender(channel, user, message.chat),
        message_id=message.message_id,
        text=text,
        command=command,
        photo=photo,
        reply_photo=_photo(replied) if replied is not None else None,
        album_id=message.media_group_id,
        kind=kind,
    )


def _sender(channel: str, user: User, chat: Chat) -> Sender:
    return Sender(
        channel=channel,
        # A terminal knows people by the name that they gave, Telegram by a number.
        external_id=str(user.id) if channel == "telegram" else str(user.username),
        display_name=user.full_name,
        language=user.language_code or "",
        chat_id=chat.id,
        is_private=chat.type == ChatType.PRIVATE,
    )


def _command(text: str, bot_username: str) -> tuple[Command | None, bool]:
    """Return the command of a text, and whether it is not meant for another bot."""
    found = _COMMAND.match(text)
    if found is None:
        return None, True
    addressee = found["addressee"]
    is_ours = addressee is None or addressee.lower() == bot_username.lower()
    return Command(found["name"].lower(), found["argument"].strip()), is_ours


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
