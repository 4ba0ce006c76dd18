"""The lines of a stream that anything may be written to; few bytes of it are held at a time."""

from collections.abc import Iterable, Iterator
from typing import Final

LONGEST: Final = 64 * 1024
"""Bytes of a line; a report has some hundred."""


def lines_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield lines without their ends. One that is too long is passed over, and never held whole."""
    held, is_too_long = b"", False
    for chunk in chunks:
        *ended, held = (held + chunk).split(b"\n")
        for line in ended:
            if not is_too_long and len(line) <= LONGEST:
                yield _text(line)
            is_too_long = False
        if is_too_long or len(held) > LONGEST:
            held, is_too_long = b"", True
    if held:
        yield _text(held)


def _text(line: bytes) -> str:
    return line.decode(errors="replace")
