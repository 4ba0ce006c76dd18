"""What the sender asks of a courier."""

from typing import Protocol

from bot.sender.parcels import Parcel
from workers.jobs.values import Place


class Courier(Protocol):
    """Brings one message to a chat of a channel."""

    def deliver(self, place: Place, parcel: Parcel) -> int | None:
        """Deliver a message and return its id in the chat, if it has one.

        Raises:
            TryLater: it certainly did not arrive; with `after_s` the chat has to wait, and nothing
                failed.
            Undeliverable: it never will.
            Unclear: it may have arrived.
            ChatMoved: the chat is another one now.
        """
