"""Where a photo's bytes come from."""

import io
from dataclasses import dataclass, field
from typing import Protocol

from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter

from bot.bridge import Bridge
from bot.errors import NotNow, PhotoUnavailable
from bot.patience import retry_after_s
from rap_engine.errors import BadPhoto
from rap_engine.images import MOST_BYTES

DOWNLOAD_TIMEOUT_S = 60.0


class FileSource(Protocol):
    """Hands out the files of one channel."""

    def download(self, file_id: str) -> bytes:
        """Return a file's bytes.

        Raises:
            BadPhoto: it is larger than the channel hands out.
            PhotoUnavailable: the reference is void.
            NotNow: the channel is away, or wants to be asked later.
        """


@dataclass(frozen=True, slots=True)
class TelegramFiles:
    """Downloads from Telegram, called from a worker thread."""

    bot: Bot = field(repr=False)
    bridge: Bridge

    def download(self, file_id: str) -> bytes:
        """Return a file's bytes; see `FileSource`."""
        return self.bridge.call(self._download(file_id), DOWNLOAD_TIMEOUT_S)

    async def _download(self, file_id: str) -> bytes:
        try:
            return await self._fetched(file_id)
        except RetryAfter as error:
            raise NotNow("flood limit", retry_after_s(error)) from error
        except BadRequest as error:
            if "too big" in error.message.lower():
                raise BadPhoto("too_many_bytes") from error
            raise PhotoUnavailable(error.message) from error
        except NetworkError as error:
            raise NotNow(error.message) from error

    async def _fetched(self, file_id: str) -> bytes:
        file = await self.bot.get_file(file_id)
        # A Bot API server of one's own hands out files of any size.
        if file.file_size is not None and file.file_size > MOST_BYTES:
            raise BadPhoto("too_many_bytes")
        buffer = io.BytesIO()
        await file.download_to_memory(buffer)
        # Hands the buffer over without a copy.
        return buffer.getvalue()
