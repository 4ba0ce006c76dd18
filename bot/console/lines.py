"""What a typed line means."""

import re
from dataclasses import dataclass
from pathlib import Path

_PHOTO = re.compile(
    r"""photo:(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>\S*))\s*(?P<rest>.*)"""
)
_TAP = re.compile(r"(?:#(\d{1,6})|\[(\d{1,6})\])")
QUIT = "/quit"


@dataclass(frozen=True, slots=True)
class Written:
    """A message without a photo."""

    text: str


@dataclass(frozen=True, slots=True)
class WithPhoto:
    """A photo with its caption. `path` is as it was typed, `~` expanded; "" is no path."""

    path: str
    caption: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press on the button with this number."""

    number: int


Line = Written | WithPhoto | Pressed


def parse_line(line: str) -> Line:
    """Read a line that is not empty."""
    pressed = _TAP.fullmatch(line.strip())
    if pressed is not None:
        return Pressed(int(pressed[1] or pressed[2]))
    photo = _PHOTO.fullmatch(line.strip())
    if photo is None:
        return Written(line.strip())
    typed = photo["double"] or photo["single"] or photo["bare"] or ""
    return WithPhoto(_expanded(typed), photo["rest"])


def _expanded(typed: str) -> str:
    try:
        return str(Path(typed).expanduser()) if typed else ""
    except RuntimeError:  # no such user, no home
        return typed
