"""Words that open a part of a prompt when a colon stands behind them: "USER:", "Info:"."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

# The colon and what looks like it; NFKD makes a colon of the wide ones, and of U+2A74.
_COLONS: Final = ":\u02d0\u02f8\u0589\u2236\ua789"
_WIDE_COLONS: Final = "\ufe13\ufe55\uff1a\u2a74"
_ANY_COLON: Final = frozenset(_COLONS + _WIDE_COLONS)


@dataclass(frozen=True, slots=True)
class Labels:
    """Some such words, in any case, width and style of letters, with or without accents."""

    _found: re.Pattern[str]

    @classmethod
    def of(cls, words: Iterable[str]) -> Self:
        """Return the labels of these words; no words, no labels."""
        spelt = (r"\s+".join(map(re.escape, _plain(word)[0].split())) for word in words)
        anyone = "|".join(sorted(filter(None, spelt), key=len, reverse=True)) or r"(?!)"
        return cls(re.compile(rf"(?:{anyone})(?P<gap>\s*)[{_COLONS}]"))

    def are_in(self, text: str) -> bool:
        """Whether the text has one."""
        return self.taken_from(text) != text

    def taken_from(self, text: str) -> str:
        """Return the text with a dash for each label's colon: "USER - hi"."""
        if _ANY_COLON.isdisjoint(text):
            return text
        plain, origins = _plain(text)
        for found in reversed(list(self._found.finditer(plain))):
            word_end, colon = origins[found.start("gap") - 1] + 1, origins[found.end() - 1]
            if _begins_word(text, origins[found.start()]):
                text = f"{text[:word_end]} -{text[colon + 1 :]}"
        return text


def _begins_word(text: str, at: int) -> bool:
    """Whether a word begins here, for a tokenizer: in "superuser" none does, in "petUSER" one."""
    before = text[max(at - 1, 0) : at]
    is_glued = before.isascii() and before.isalpha()
    return not is_glued or (before.islower() and text[at].isupper())


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the bare letters of a text, and where in the text each of them comes from.

    As tokenizers with compatibility forms read it: styled, wide and joined letters are plain ones.
    """
    if text.isascii():
        return text.casefold(), list(range(len(text)))
    plain: list[str] = []
    origins: list[int] = []
    for at, char in enumerate(text):
        bare = [one for one in unicodedata.normalize("NFKD", char) if not _is_mark(one)]
        letters = "".join(bare).casefold()
        plain.append(letters)
        origins += [at] * len(letters)
    return "".join(plain), origins


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) == "Mn"
