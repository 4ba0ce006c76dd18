"""Delivers to Telegram, and reads from each error whether the message can have arrived."""

from dataclasses import dataclass, field

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.constants import CallbackQueryLimit
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)

from bot.bridge import Bridge
from bot.errors import ChatMoved, TryLater, Unclear, Undeliverable, Unreachable
from bot.patience import retry_after_s
from bot.sender.pace import Paced
from bot.sender.parcels import Parcel, cut_text
from config.logs import get_logger
from workers.jobs.values import Place

_log = get_logger(__name__)
_TIMEOUT_S = 120.0
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_EDIT_IN_VAIN = ("message is not modified", "message to edit not found", "message can't be edited")
"""An attempt whose answer got lost made it, or its message is gone: nothing is left to do."""


@dataclass(frozen=True, slots=True)
class TelegramCourier:
    """Called from a worker thread; the requests run on the bot's event loop."""

    bot: Bot = field(repr=False)
    bridge: Bridge

    def deliver(self, place: Place, parcel: Parcel) -> int | None:
        """Deliver a message; see `Courier`."""
        try:
            return self.bridge.call(self._deliver(place, parcel), _TIMEOUT_S)
        except TimeoutError as error:
            raise Unclear(f"no answer in {_TIMEOUT_S:.0f} s") from error

    async def _deliver(self, place: Place, parcel: Parcel) -> int | None:
        try:
            return await self._call(place, parcel)
        except Paced as error:
            raise TryLater("pace", retry_after_s(error)) from error
        except RetryAfter as error:
            _log.warning("flood_limit", wait_s=retry_after_s(error))
            raise TryLater("flood limit", retry_after_s(error)) from error
        except InvalidToken:
            # The intake ends the process; the replies wait for a valid token. The library's error
            # can hold the token, so it is not chained.
            raise Unreachable("Telegram refused the token") from None
        except ChatMigrated as error:
            raise ChatMoved(error.new_chat_id) from error
        except (BadRequest, Forbidden) as error:
            raise Undeliverable(error.message) from error
        except NetworkError as error:
            if isinstance(error.__cause__, _NOT_SENT):
                raise Unreachable(error.message) from error
            is_new = parcel.callback_id is None and parcel.edit_message_id is None
            if is_new:
                raise Unclear(error.message) from error
            # It may be done twice without harm.
            raise TryLater(error.message) from error

    async def _call(self, place: Place, parcel: Parcel) -> int | None:
        if parcel.callback_id is not None:
            await self._answer_tap(parcel.callback_id, parcel)
        if parcel.edit_message_id is not None:
            await self._edit(place, parcel.edit_message_id, parcel)
            return parcel.edit_message_id
        if parcel.callback_id is not None:
            return None
        return await self._send(place, parcel)

    async def _send(self, place: Place, parcel: Parcel) -> int:
        quoted = _quoted(place.message_id)
        keyboard = _keyboard(parcel)
        if parcel.photo is None:
            message = await self.bot.send_message(
                place.chat_id, parcel.text, reply_markup=keyboard, reply_parameters=quoted
            )
        elif parcel.file_name:
            message = await self.bot.send_document(
                place.chat_id,
                parcel.photo,
                caption=parcel.text or None,
                reply_markup=keyboard,
                reply_parameters=quoted,
                filename=parcel.file_name,
            )
        else:
            message = await self.bot.send_photo(
                place.chat_id,
                parcel.photo,
                caption=parcel.text or None,
                reply_markup=keyboard,
                reply_parameters=quoted,
                filename="photo.jpg",
            )
        return message.message_id

    async def _edit(self, place: Place, message_id: int, parcel: Parcel) -> None:
        try:
            await self.bot.edit_message_text(
                parcel.text, place.chat_id, message_id, reply_markup=_keyboard(parcel)
            )
        except BadRequest as error:
            if not any(reason in error.message.lower() for reason in _EDIT_IN_VAIN):
                raise
            _log.info("edit_in_vain", reason=error.message)

    async def _answer_tap(self, callback_id: str, parcel: Parcel) -> None:
        """End the waiting sign on a button; words go there only if no message shows them."""
        note = None
        if parcel.edit_message_id is None:
            note, _ = cut_text(parcel.text, CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH)
        try:
            await self.bot.answer_callback_query(callback_id, text=note)
        except BadRequest as error:
            # Telegram forgets taps after a while; what they did is done all the same.
            _log.info("tap_too_old", reason=error.message)


def _quoted(message_id: int | None) -> ReplyParameters | None:
    if message_id is None:
        return None
    return ReplyParameters(message_id, allow_sending_without_reply=True)


def _keyboard(parcel: Parcel) -> InlineKeyboardMarkup | None:
    if not parcel.labels:
        return None
    buttons = [
        InlineKeyboardButton(label.text, callback_data=label.data) for label in parcel.labels
    ]
    # One a row: labels stay whole on a narrow screen.
    return InlineKeyboardMarkup([[button] for button in buttons])
