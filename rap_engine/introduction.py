"""How a person introduces a concept: "Biscuit: our corgi, afraid of vacuum cleaners"."""

import re
from dataclasses import dataclass
from typing import Final

from rap_engine.concept_text import NAME_LIMIT

# "10:30", "https://..." and ":)" do not end a name.
_SEPARATOR: Final = re.compile(r"\s*(?::(?=\s|$|[^\W\d_]{2})|\uff1a|\s[-\u2013\u2014]+\s)\s*")
_PRESENTS: Final = re.compile(r"\A(?:this is|these are|meet)\s+(?=\S)", re.IGNORECASE)
_COMMA: Final = re.compile(r"\s*[,\uff0c\u3001]\s*")
_STATES: Final = re.compile(r"\s+(?:is|are|was)\s+", re.IGNORECASE)
_SHORT_NAME_WORDS: Final = 3
_SHORT_NAME_LIMIT: Final = 32


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a text says of a new concept, as it was written: nothing is checked yet."""

    name: str | None
    info: str


def parse_introduction(text: str) -> Introduction:
    """Split a text into a name and an info; any text has an answer.

    A colon, a dash between spaces or a line's end closes the name. Without one, a comma
    does ("Biscuit, our corgi"), or "is" ("Biscuit is our corgi"), behind a short name.
    A text too long for a name is all info, and the name is still to be asked for.
    """
    line, _, more = text.strip().partition("\n")
    first = _parse_line(line.strip())
    return Introduction(first.name, f"{first.info} {more.strip()}".strip())


def _parse_line(line: str) -> Introduction:
    separator = _SEPARATOR.search(line)
    if separator is not None:
        head, info = line[: separator.start()], line[separator.end() :]
        return _named(_PRESENTS.sub("", head), info, otherwise=line if head else info)
    rest = _PRESENTS.sub("", line)
    return _by_comma(rest) or _by_statement(rest) or _named(rest, "", otherwise=line)


def _by_comma(line: str) -> Introduction | None:
    comma = _COMMA.search(line)
    if comma is None or not _is_short_name(line[: comma.start()]) or not line[comma.end() :]:
        return None
    return Introduction(line[: comma.start()], line[comma.end() :])


def _by_statement(line: str) -> Introduction | None:
    """Take the name out of a whole sentence, which stays whole: its verb is part of it."""
    states = _STATES.search(line)
    if states is None or not _is_short_name(line[: states.start()]):
        return None
    return Introduction(line[: states.start()], line)


def _named(name: str, info: str, otherwise: str) -> Introduction:
    is_name = 0 < len(name) <= NAME_LIMIT
    return Introduction(name, info) if is_name else Introduction(None, otherwise)


def _is_short_name(text: str) -> bool:
    return 0 < len(text) <= _SHORT_NAME_LIMIT and len(text.split()) <= _SHORT_NAME_WORDS
