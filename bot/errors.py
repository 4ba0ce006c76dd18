"""What can go wrong in the bot.

RapError
├── BadInput
│   └── PhotoUnavailable      the channel does not hand the photo out
├── NotNow                   the channel cannot be asked just now
├── BotError                  the bot cannot go on; the message says what to do
│   ├── TokenMissing          none is set
│   ├── TokenRefused          Telegram does not know the token
│   ├── PollingConflict       another program receives this bot's updates
│   └── WebhookMisconfigured  the webhook's settings cannot work
└── DeliveryError             a reply did not go out
    ├── TryLater              it certainly did not arrive; send it again after a while
    │   └── Unreachable       nobody was there to take it
    ├── ChatMoved             the chat goes on under another id
    ├── Undeliverable         it never will
    └── Unclear               nobody knows: it may have arrived
"""

from typing import ClassVar

from rap_engine.errors import BadInput, RapError


class PhotoUnavailable(BadInput):
    """The channel does not hand the photo out: its reference is void."""

    code: ClassVar[str] = "photo_unavailable"


class NotNow(RapError):
    """The channel cannot be asked just now: nothing has failed, and it is asked again later.

    `after_s`: seconds to wait, None if nobody said how long.
    """

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class BotError(RapError):
    """The bot cannot go on."""


class TokenMissing(BotError):
    """No token is set."""

    def __init__(self) -> None:
        super().__init__("RAPBOT_TELEGRAM_TOKEN is not set. @BotFather on Telegram gives tokens.")


class TokenRefused(BotError):
    """Telegram does not know the token. The token itself is in no message."""

    def __init__(self) -> None:
        super().__init__(
            "Telegram refused the bot's token. Get a valid one from @BotFather and set"
            " RAPBOT_TELEGRAM_TOKEN."
        )


class PollingConflict(BotError):
    """Another program receives this bot's updates."""

    def __init__(self) -> None:
        super().__init__(
            "Another program receives this bot's updates. Stop it, or use another token: Telegram"
            " serves one receiver a token."
        )


class WebhookMisconfigured(BotError):
    """The webhook's settings cannot work."""


class DeliveryError(RapError):
    """A reply did not go out."""


class TryLater(DeliveryError):
    """The reply did not arrive. `after_s`: seconds to wait, None if nobody said how long."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class Unreachable(TryLater):
    """Nobody was there to take the reply, whatever it is: the network or Telegram is away."""


class ChatMoved(DeliveryError):
    """The chat goes on under another id: a group became a supergroup."""

    def __init__(self, chat_id: int) -> None:
        super().__init__("the chat has another id")
        self.chat_id = chat_id


class Undeliverable(DeliveryError):
    """The reply can never arrive: the chat is gone, or its content was refused."""


class Unclear(DeliveryError):
    """The reply may have arrived; sending it again could show it twice."""
