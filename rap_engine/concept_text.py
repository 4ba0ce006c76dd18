"""The texts of a concept: what a name, an info and a category may be.

They are data and end up in prompts, pictures and messages, so what could pass for markup,
for an image token or for a role is refused in a name and defused in an info.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final

from rap_engine.errors import BadInfo, BadInput, BadName
from rap_engine.naming import ZERO_WIDTH_JOINER

NAME_LIMIT: Final = 64
INFO_LIMIT: Final = 1000
CATEGORY_LIMIT: Final = 40


class TextFault(StrEnum):
    """Why a text was refused; the `reason` of `BadName`, `BadInfo` and `BadCategory`."""

    EMPTY = "empty"
    """Nothing is left after the spaces."""
    TOO_LONG = "too_long"
    """More characters than the limit."""
    CONTROL = "control"
    """A control, an invisible or a text-direction character."""
    MARKUP = "markup"
    """One of ``< > [ ] { } | * ` \\``."""
    RESERVED = "reserved"
    """A word that a prompt uses itself: an image token or a role."""
    COMMAND = "command"
    """Begins with a slash, as commands do."""
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
_ROLE: Final = re.compile(
    r"(?<![^\W\d_])(user|assistant|system|human|gpt)\s*[:\uff1a\ufe55]", re.IGNORECASE
)
# Blank, although Unicode calls them letters, marks or symbols.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
_ZERO_WIDTH_NON_JOINER: Final = "\u200c"
_NONCHARACTER: Final = 0xFFFE  # how the last two places of every plane end
# What may stay: "<3", "< 5 kg". All else that opens or closes a tag loses its bracket.
_TAG_OPENS: Final = re.compile(r"<(?!\s|=|-|$|(?!0x)\d)")
_TAG_CLOSES: Final = re.compile(r"(?<=[\w|/\]\"'?!])>")
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
    become round, tags get angle quotes for their brackets, and a role loses its colon, so that
    what the person wrote can still be read. An empty info is fine.

    Raises:
        BadInfo: more than `INFO_LIMIT` characters; `reason` is a `TextFault`.
    """
    info = defuse(raw)
    if len(info) > INFO_LIMIT:
        raise BadInfo(TextFault.TOO_LONG)
    return info


def defuse(raw: str) -> str:
    """Return a person's words so that a prompt may hold them: as `clean_info`, of any length."""
    visible = "".join(
        char for at, char in enumerate(raw) if char.isspace() or not _is_hidden(raw, at)
    )
    return _without_prompt_words(_single_spaced(visible))


def _fault_of(text: str, limit: int) -> TextFault | None:
    plain = unicodedata.normalize("NFKC", text)
    faults = (
        (TextFault.EMPTY, not text),
        (TextFault.TOO_LONG, len(text) > limit),
        (TextFault.CONTROL, any(_is_hidden(text, at) for at in range(len(text)))),
        (TextFault.COMMAND, plain.startswith("/")),
        (TextFault.MARKUP, not _MARKUP.isdisjoint(plain)),
        (TextFault.RESERVED, plain.casefold() in _TOKENS or _ROLE.search(plain) is not None),
        (TextFault.NO_LETTER, not any(unicodedata.category(char)[0] in "LNS" for char in plain)),
    )
    return next((fault for fault, is_so in faults if is_so), None)


def _single_spaced(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _without_prompt_words(info: str) -> str:
    info = "".join(_narrow(char) for char in info).translate(_TO_ROUND)
    info = _TAG_CLOSES.sub("\u203a", _TAG_OPENS.sub("\u2039", info))
    return _ROLE.sub(r"\1 -", info)


def _narrow(char: str) -> str:
    """Return what a tokenizer may turn a full-width letter or any wide or small bracket into."""
    plain = unicodedata.normalize("NFKC", char)
    is_full_width = "\uff01" <= char <= "\uff5e"
    return plain if is_full_width or plain in _MARKUP else char


def _is_hidden(text: str, at: int) -> bool:
    """Whether the character at this place is one that nobody sees, or that moves others."""
    char = text[at]
    if char == ZERO_WIDTH_JOINER:
        return not _joins_emoji(text, at)
    if char == _ZERO_WIDTH_NON_JOINER:
        return not _between_letters(text, at)
    is_selector = "\U000e0100" <= char <= "\U000e01ef"
    is_noncharacter = ord(char) & _NONCHARACTER == _NONCHARACTER or "\ufdd0" <= char <= "\ufdef"
    hidden_category = unicodedata.category(char) in _HIDDEN_CATEGORIES
    return hidden_category or is_selector or is_noncharacter or char in _BLANK


def _joins_emoji(text: str, at: int) -> bool:
    before = text[:at].rstrip("\ufe0f")[-1:]
    return _is_symbol(before) and _is_symbol(text[at + 1 : at + 2])


def _is_symbol(char: str) -> bool:
    return char != "" and unicodedata.category(char) in ("So", "Sk", "Sm")


def _between_letters(text: str, at: int) -> bool:
    # Persian and some Indian scripts spell with it.
    before, after = text[max(at - 1, 0) : at], text[at + 1 : at + 2]
    return before.isalpha() and after.isalpha() and not (before + after).isascii()
