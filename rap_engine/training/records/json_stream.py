"""JSON files of any size, an entry at a time: never more in memory than one entry and a chunk."""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final, TextIO

_CHUNK_CHARS: Final = 1 << 20
_MOST_CHARS: Final = 1 << 24
"""Of one entry. Without a bound, one missing bracket would have all the rest read at once."""
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"[-+.eE0-9]*")


class BrokenJson(ValueError):
    """Text that is not JSON, or not of the expected shape. What follows cannot be read either."""


def read_array(file: Path) -> Iterator[Any]:
    """Yield the entries of a file that is one JSON array.

    Raises:
        BrokenJson: from there on it cannot be read.
        OSError: the file cannot be opened.
    """
    with file.open(encoding="utf-8-sig") as stream:
        text = _Text(stream)
        text.take("[")
        yield from _entries(text)


def read_arrays(file: Path, keys: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the entries of the named arrays of a file that is one JSON object, with their key.

    Arrays come in the file's order; what else the object has is passed over.

    Raises:
        BrokenJson: from there on it cannot be read.
        OSError: the file cannot be opened.
    """
    with file.open(encoding="utf-8-sig") as stream:
        text = _Text(stream)
        text.take("{")
        if text.peek() == "}":
            return
        while True:
            key = text.value()
            text.take(":")
            if text.peek() == "[":
                text.take("[")
                yield from ((key, entry) for entry in _entries(text) if key in keys)
            else:
                text.value()
            if text.take(",}") == "}":
                return


class _Text:
    """A text that is read in chunks, and where in it we are."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._text = ""
        self._at = 0
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """Return the next character that is no space; "" at the end."""
        while True:
            self._at = _end(_SPACE, self._text, self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, wanted: str) -> str:
        """Go past the next character that is no space, which must be one of those wanted."""
        found = self.peek()
        if not found or found not in wanted:
            raise BrokenJson(f"{found or 'its end'} stands where one of {wanted} should be")
        self._at += 1
        return found

    def value(self) -> Any:
        """Go past the next value, and return it."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._more():
                    raise BrokenJson(error.msg) from error
            except (ValueError, RecursionError) as error:
                raise BrokenJson(str(error)) from error
            else:
                # A number at the end of what was read may go on in what was not.
                if isinstance(value, int | float) and (
                    _end(_NUMBER, self._text, self._at) == len(self._text) and self._more()
                ):
                    continue
                self._at = end
                return value

    def _more(self) -> bool:
        left = self._text[self._at :]
        if len(left) > _MOST_CHARS:
            raise BrokenJson(f"an entry of more than {_MOST_CHARS} characters, or one without end")
        try:
            # As much again each time: a long entry is not decoded from its start too often.
            more = self._stream.read(max(_CHUNK_CHARS, len(left)))
        except UnicodeDecodeError as error:
            raise BrokenJson("not UTF-8") from error
        self._text, self._at = left + more, 0
        return bool(more)


def _entries(text: _Text) -> Iterator[Any]:
    if text.peek() == "]":
        text.take("]")
        return
    while True:
        yield text.value()
        if text.take(",]") == "]":
            return


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return start if match is None else match.end()
