"""A model's text as people read it: nothing that cannot be stored or sent, and never too long."""

import re
import string
import unicodedata
from collections.abc import Sequence
from typing import Final

from rap_engine import characters
from rap_engine.concept_text import without_commands
from rap_engine.generate.marks import settled, unmarked
from rap_engine.types import Reference

CUT_OFF: Final = " \u2026"
LONGEST: Final = 4_000
"""The most characters of an answer; the mark that it was cut comes on top."""
MOST_HEARD: Final = 4 * LONGEST
"""Characters of a model's text that are looked at; what comes behind them is never given out."""

# A word that the cut falls into goes as a whole, unless it is longer than this.
_LONGEST_WORD: Final = 100
# PostgreSQL keeps no NUL, and no channel shows the others. New lines and tabs stay.
_CONTROLS: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
# What turns the direction of all that follows, and letters that only machines read. Joiners and
# the marks of direction that scripts are written with stay.
_UNSEEN: Final = r"\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
_LEFT_OUT: Final = re.compile(f"[{_CONTROLS}{_UNSEEN}]")
_INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Zs", "Zl", "Zp"})
_BLANK: Final = characters.BLANK | frozenset("\ufe0e\ufe0f\n\t")


def told(text: str, references: Sequence[Reference]) -> str:
    """Return what people read of a model's whole text; "" where there is nothing to see."""
    whole = unmarked(_storable(text), references).strip()
    return _shown(whole if len(whole) <= LONGEST else _cut(whole) + CUT_OFF)


def told_so_far(text: str, references: Sequence[Reference]) -> str:
    """Return what people read of a growing text, as far as nothing that comes can change it."""
    # Behind this place the cut may fall.
    certain = settled(_storable(text), references)[: LONGEST - _LONGEST_WORD]
    # Whether a slash opens a command, the next letter says.
    return _shown(certain.rstrip("/" + string.whitespace))


def _storable(text: str) -> str:
    """Return the text without controls and halves of characters; two halves become one."""
    pairs = text[:MOST_HEARD].encode("utf-16-le", "surrogatepass")
    return _LEFT_OUT.sub("", pairs.decode("utf-16-le", "ignore"))


def _cut(text: str) -> str:
    ends = re.search(r"\s\S*\Z", text[LONGEST - _LONGEST_WORD : LONGEST + 1])
    end = LONGEST if ends is None else LONGEST - _LONGEST_WORD + ends.start()
    return text[:end].rstrip()


def _shown(text: str) -> str:
    return without_commands(text) if any(_is_visible(char) for char in text) else ""


def _is_visible(char: str) -> bool:
    return char not in _BLANK and unicodedata.category(char) not in _INVISIBLE_CATEGORIES
