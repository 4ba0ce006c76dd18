"""The texts of a concept: what a name, an info and a category may be.

They are data and end up in prompts, pictures and messages, so what could pass for markup,
for an image token, for a role or for a command is refused in a name and defused in an info.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final

from rap_engine.characters import is_hidden
from rap_engine.errors import BadInfo, BadInput, BadName
from rap_engine.labels import Labels

NAME_LIMIT: Final = 64
TITLE_LIMIT: Final = 64
INFO_LIMIT: Final = 1000
CATEGORY_LIMIT: Final = 40


class TextFault(StrEnum):
    """Why a text was refused; the `reason` of `BadName`, `BadInfo` and `BadCategory`."""

    EMPTY = "empty"
    """Nothing is left after the spaces."""
    TOO_LONG = "too_long"
    """More characters than the limit."""
    CONTROL = "control"
    """A control, an invisible or a text-direction character, or too many marks on one letter."""
    MARKUP = "markup"
    """One of ``< > [ ] { } | * ` \\``."""
    RESERVED = "reserved"
    """A word that a prompt uses itself: an image token or a role."""
    COMMAND = "command"
    """A word begins with a slash, as commands do: Telegram makes a link of it."""
    NO_LETTER = "no_letter"
    """Punctuation alone: nothing that can be said."""


class BadCategory(BadInput):
    """A concept cannot have this category."""

    code = "bad_category"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_MARKUP: Final = frozenset("<>[]{}|*`\\")
# With RAP's brackets round it, each of these names would be a token of the model.
_TOKENS: Final = frozenset({"image", "im_start", "im_end", "im_patch", "s", "/s", "unk", "pad"})
_ROLES: Final = Labels.of(("user", "assistant", "system", "human", "gpt"))
# What Telegram makes a link of that sends the command, wherever it stands in a message.
_COMMAND: Final = re.compile(r"(?<![\w/<>])/(?=[A-Za-z0-9_])")
_DIVISION_SLASH: Final = "\u2215"
# What may stay: "<3", "< 5 kg". All else that opens or closes a tag loses its bracket.
_TAG_OPENS: Final = re.compile(r"<(?!\s|=|-|$|(?!0x)\d)")
_TAG_CLOSES: Final = re.compile(r"(?<=[\w|/\]\"'?!])>")
# What a tokenizer may turn full-width letters and wide or small brackets into. The wide commas and
# stops of Chinese stay.
_NARROW: Final = {
    number: plain
    for number in (0x1FEF, *range(0xFE00, 0x10000))
    if (plain := unicodedata.normalize("NFKC", chr(number))) in _MARKUP
    or (0xFF01 <= number <= 0xFF5E and plain.isalnum())  # noqa: PLR2004  the full-width ASCII
}
_TO_ROUND: Final = str.maketrans("[]{}", "()()")


def clean_name(raw: str) -> str:
    """Return the name as it is kept: trimmed, single spaces, Unicode NFC.

    RAP's own way of writing a name, `<biscuit>`, is accepted as `biscuit`.

    Raises:
        BadName: `reason` is a `TextFault`.
    """
    name = _single_spaced(raw)
    if name.startswith("<") and name.endswith(">"):
        name = name[1:-1].strip()
    fault = _fault_of(name, NAME_LIMIT)
    if fault is not None:
        raise BadName(fault)
    return name


def clean_category(raw: str) -> str:
    """Return the category as it is kept, in lower case; the rules are those of a name.

    Raises:
        BadCategory: `reason` is a `TextFault`.
    """
    category = _single_spaced(raw).lower()
    fault = _fault_of(category, CATEGORY_LIMIT)
    if fault is not None:
        raise BadCategory(fault)
    return category


def clean_info(raw: str) -> str:
    """Return the info as it is kept: one line, nothing invisible, nothing that a prompt obeys.

    Invisible characters are dropped: nobody meant to write them. Square and curly brackets
    become round, tags get angle quotes for their brackets, a role loses its colon and a command
    its slash, so that what the person wrote can still be read. An empty info is fine.

    Raises:
        BadInfo: more than `INFO_LIMIT` characters; `reason` is a `TextFault`.
    """
    info = defuse(raw)
    if len(info) > INFO_LIMIT:
        raise BadInfo(TextFault.TOO_LONG)
    return info


def as_title(raw: str) -> str:
    """Return the title of a list, or how a person is called, as it is shown: nothing is refused.

    What a channel says of people and groups may be anything: it is defused, and cut to
    `TITLE_LIMIT`. "" where nothing is left.
    """
    title = defuse(raw)
    if len(title) <= TITLE_LIMIT:
        return title
    return f"{title[: TITLE_LIMIT - 1].rstrip()}\u2026"


def defuse(raw: str) -> str:
    """Return a person's words so that a prompt may hold them: as `clean_info`, of any length."""
    text = _defuse_once(raw)
    # What is taken out may bring together what was apart.
    while (again := _defuse_once(text)) != text:
        text = again
    return text


def without_commands(text: str) -> str:
    """Return the text with a slash that opens no command where one opened a command."""
    return _COMMAND.sub(_DIVISION_SLASH, text)


def _fault_of(text: str, limit: int) -> TextFault | None:
    plain = unicodedata.normalize("NFKC", text)
    faults = (
        (TextFault.EMPTY, not text),
        (TextFault.TOO_LONG, len(text) > limit),
        (TextFault.CONTROL, any(is_hidden(text, at) for at in range(len(text)))),
        (TextFault.COMMAND, plain.startswith("/") or _COMMAND.search(plain) is not None),
        (TextFault.MARKUP, not _MARKUP.isdisjoint(plain)),
        (TextFault.RESERVED, plain.casefold() in _TOKENS or _ROLES.are_in(text)),
        (TextFault.NO_LETTER, not any(unicodedata.category(char)[0] in "LNS" for char in plain)),
    )
    return next((fault for fault, is_so in faults if is_so), None)


def _single_spaced(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _defuse_once(raw: str) -> str:
    visible = raw if raw.isascii() and raw.isprintable() else _visible(raw)
    return without_commands(_without_prompt_words(_single_spaced(visible)))


def _visible(raw: str) -> str:
    text = unicodedata.normalize("NFC", raw)
    return "".join(
        char for at, char in enumerate(text) if char.isspace() or not is_hidden(text, at)
    )


def _without_prompt_words(text: str) -> str:
    text = text.translate(_NARROW).translate(_TO_ROUND)
    text = _TAG_CLOSES.sub("\u203a", _TAG_OPENS.sub("\u2039", text))
    return _ROLES.taken_from(text)
