"""What the pages of the panel are made of: a tap turns the page, words get a new one."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from bot.handlers.context import Context
from rap_engine.memory.usage import MB
from workers.jobs.values import Button

MOST_CHARACTERS = 3_500
"""Of a page: one message, with room for a title and for characters that Telegram counts twice."""
_LONGEST_NAME = 40


def show(context: Context, text: str, *buttons: Button) -> None:
    """Show a page in place of the one whose button was tapped, or as a new message."""
    context.put_text_in_place(text, buttons=buttons)


def fitting(context: Context, lines: Sequence[str]) -> str:
    """Return as many lines as a message holds, and how many are left out."""
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line) + 1
        if size > MOST_CHARACTERS:
            left = len(lines) - len(kept)
            return "\n".join([*kept, context.texts.say("admin_more_lines", count=left)])
        kept.append(line)
    return "\n".join(kept)


def paragraphs(parts: Iterable[str]) -> str:
    """Return parts with an empty line between them; empty parts are left out."""
    return "\n\n".join(part for part in parts if part)


def shown_name(name: str) -> str:
    """Return what somebody calls themselves as one short piece of a line."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    return plain if len(plain) <= _LONGEST_NAME else plain[: _LONGEST_NAME - 1] + "…"


def moment(at: datetime) -> str:
    """Return a point in time, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def age(span: timedelta) -> str:
    """Return a time span in its largest unit."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def megabytes(size: int) -> str:
    """Return bytes in megabytes of 1,000,000 bytes."""
    return f"{size / MB:,.1f} MB"
