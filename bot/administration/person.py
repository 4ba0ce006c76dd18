"""How admins name people: by channel and number, never by what those people wrote."""

import re
from dataclasses import dataclass
from typing import Self

TELEGRAM = "telegram"
CONSOLE = "console"
_NUMBER = re.compile(r"[1-9][0-9]{0,15}")
"""Telegram's numbers have at most 52 bits."""
_NAME = re.compile(r"\S{1,64}")


@dataclass(frozen=True, slots=True)
class PersonId:
    """A person as their channel knows them; in the log `telegram:123`."""

    channel: str
    external_id: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read `123`, `telegram:123` or `console:NAME`; None if it is none of these."""
        channel, colon, rest = text.strip().rpartition(":")
        if (channel == TELEGRAM or not colon) and _NUMBER.fullmatch(rest):
            return cls(TELEGRAM, rest)
        if channel == CONSOLE and _NAME.fullmatch(rest):
            return cls(CONSOLE, rest)
        return None

    def __str__(self) -> str:
        """Return it as the log has it."""
        return f"{self.channel}:{self.external_id}"
