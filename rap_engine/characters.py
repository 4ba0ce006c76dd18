"""Characters that nobody sees, that move others, or that pile up on them."""

import unicodedata
from typing import Final

from rap_engine.naming import ZERO_WIDTH_JOINER

BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Blank, although Unicode calls them letters, marks or symbols."""

_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
_ZERO_WIDTH_NON_JOINER: Final = "\u200c"
_NONCHARACTER: Final = 0xFFFE  # how the last two places of every plane end
_VIRAMA: Final = 9  # the combining class of the signs that join consonants of Indian scripts
# Tibetan, Khmer and pointed Hebrew stack up to five marks; more only bury the lines around.
_MOST_MARKS: Final = 6


def is_hidden(text: str, at: int) -> bool:
    """Whether nobody sees the character at this place, or it moves or buries others.

    Joiners stay where a script or an emoji needs them, selectors of a style behind a symbol.
    """
    char = text[at]
    if char.isalnum():
        return char in BLANK
    if char == ZERO_WIDTH_JOINER:
        return not (_follows_virama(text, at) or _joins_emoji(text, at))
    if char == _ZERO_WIDTH_NON_JOINER:
        return not (_follows_virama(text, at) or _between_letters(text, at))
    if _is_selector(char):
        return not _takes_selector(text[max(at - 1, 0) : at])
    is_noncharacter = ord(char) & _NONCHARACTER == _NONCHARACTER or "\ufdd0" <= char <= "\ufdef"
    is_hidden_kind = unicodedata.category(char) in _HIDDEN_CATEGORIES or char in BLANK
    return is_hidden_kind or is_noncharacter or _is_reserved(char) or _is_piled_up(text, at)


def _is_reserved(char: str) -> bool:
    """Whether Unicode keeps the place for what nobody sees: tags, more selectors, and gaps."""
    return "\U000e0000" <= char <= "\U000e0fff" or char == "\u2065" or "\ufff0" <= char <= "\ufff8"


def _follows_virama(text: str, at: int) -> bool:
    return at > 0 and unicodedata.combining(text[at - 1]) == _VIRAMA


def _joins_emoji(text: str, at: int) -> bool:
    before = text[:at].rstrip("\ufe0f")[-1:]
    return _is_symbol(before) and _is_symbol(text[at + 1 : at + 2])


def _is_symbol(char: str) -> bool:
    return char != "" and unicodedata.category(char) in ("So", "Sk", "Sm")


def _between_letters(text: str, at: int) -> bool:
    # Persian and some Indian scripts spell with it.
    end = at
    while end > 0 and _is_mark(text[end - 1]):
        end -= 1
    before, after = text[max(end - 1, 0) : end], text[at + 1 : at + 2]
    return before.isalpha() and after.isalpha() and not (before + after).isascii()


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f"


def _takes_selector(char: str) -> bool:
    """Whether a character has styles: symbols, digits of keycaps, letters of some scripts."""
    is_latin = char.isascii() and char.isalpha()
    is_base = unicodedata.category(char)[0] in "LNPS" if char else False
    return is_base and not is_latin


def _is_piled_up(text: str, at: int) -> bool:
    start = at - _MOST_MARKS
    return start >= 0 and all(map(_is_mark, text[start : at + 1]))


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")
