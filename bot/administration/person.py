"""How people are named from outside: by channel and number, never by what those people wrote."""

import re
from dataclasses import dataclass
from typing import Self

TELEGRAM = "telegram"
CONSOLE = "console"
_NUMBER = re.compile(r"[1-9][0-9]{0,15}")
"""Telegram's numbers have at most 52 bits."""
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class PersonId:
    """A person as their channel knows them: `telegram:123`, `console:me`."""

    channel: str
    external_id: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read what an admin writes in a chat, where a bare number is one of Telegram.

        That is `123`, `telegram:123` or `console:NAME`; None if it is none of these.
        """
        text = text.strip()
        return cls(TELEGRAM, text) if _NUMBER.fullmatch(text) else cls._with_channel(text)

    @classmethod
    def read_typed(cls, text: str) -> Self | None:
        """Read what is typed at the machine, where a bare name is one of the console.

        That is `NAME`, `telegram:123` or `console:NAME`; None if it is none of these. A bare number
        is none: nobody can tell which of the two was meant.
        """
        text = text.strip()
        if text.isdecimal():
            return None
        return cls._with_channel(text if ":" in text else f"{CONSOLE}:{text}")

    @classmethod
    def _with_channel(cls, text: str) -> Self | None:
        channel, _, rest = text.partition(":")
        if channel == TELEGRAM and _NUMBER.fullmatch(rest):
            return cls(channel, rest)
        if channel == CONSOLE and _is_name(rest):
            return cls(channel, rest)
        return None

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.channel}:{self.external_id}"


def _is_name(text: str) -> bool:
    # What is not UTF-8 in an argument comes as surrogates, which are not printable.
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable() and text == text.strip()
