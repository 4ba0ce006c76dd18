"""Names in running text: when two names are the same, and where a text says one.

`fold` is the one idea of sameness: it decides whether a name is taken and whether a
question says it. Matching is on whole words, except where a script writes none.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

ZERO_WIDTH_JOINER = "\u200d"

# Letters that Unicode does not decompose, and the many apostrophes of keyboards.
_APOSTROPHES = "\u2018\u2019\u02bc\u02b9\u2032\uff07\u00b4`"
_ALIKE = str.maketrans("ıłŁøØđĐħĦ" + _APOSTROPHES, "ilLoOdDhH" + "'" * len(_APOSTROPHES))
# Scripts that set no space between words, or glue particles to a name (Korean).
_UNSPACED = (
    ("\u0e00", "\u109f"),  # Thai, Lao, Tibetan, Myanmar
    ("\u1100", "\u11ff"),  # Hangul letters
    ("\u1780", "\u17ff"),  # Khmer
    ("\u3040", "\u30ff"),  # Hiragana, Katakana
    ("\u3400", "\u9fff"),  # Chinese characters
    ("\uac00", "\ud7af"),  # Hangul syllables
    ("\uf900", "\ufaff"),  # Chinese compatibility characters
    ("\U00020000", "\U0003ffff"),  # Chinese characters, rare ones
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a folded text, with its brackets and its possessive ending.

    Several concepts when lists hold the same name.
    """

    concept_ids: tuple[int, ...]
    start: int
    end: int

    def overlaps(self, other: "Mention") -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


def fold(text: str) -> str:
    """Return the text as names are compared: no case, accents, width or spare spaces."""
    folded = _fold_once(text)
    while (again := _fold_once(folded)) != folded:
        folded = again
    return folded


def find_mentions(folded: str, names: Mapping[int, str]) -> list[Mention]:
    """Return where names stand in a folded text, in order; the longest name wins a place."""
    taken: list[Mention] = []
    for name, concept_ids in _longest_first(names, folded):
        for start, end in _occurrences(folded, name):
            mention = Mention(concept_ids, start, end)
            if not any(mention.overlaps(other) for other in taken):
                taken.append(mention)
    return sorted(taken, key=lambda mention: mention.start)


def _fold_once(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.translate(_ALIKE)).casefold()
    decomposed = unicodedata.normalize("NFD", folded)
    bare = "".join(char for char in decomposed if not _is_dropped(char))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def _is_dropped(char: str) -> bool:
    # Only the accents of Latin, Greek and Cyrillic: a Thai vowel or a Japanese voicing
    # mark is a combining mark too, and without it the name is another name.
    accent = "\u0300" <= char <= "\u036f"
    emoji_style = "\ufe00" <= char <= "\ufe0f"
    invisible = unicodedata.category(char) == "Cf" and char != ZERO_WIDTH_JOINER
    return accent or emoji_style or invisible


def _longest_first(names: Mapping[int, str], folded: str) -> Iterable[tuple[str, tuple[int, ...]]]:
    present = [
        (name, concept_id)
        for concept_id, raw in names.items()
        if (name := fold(raw)) and name in folded
    ]
    present.sort(key=lambda item: (-len(item[0]), item[0]))
    for name, group in groupby(present, key=lambda item: item[0]):
        yield name, tuple(concept_id for _, concept_id in group)


def _occurrences(folded: str, name: str) -> Iterator[tuple[int, int]]:
    start = folded.find(name)
    while start >= 0:
        end = _end_of_word(folded, start + len(name))
        if _stands_alone(folded, start, end, name):
            bracketed = folded[start - 1 : start] == "<" and folded[end : end + 1] == ">"
            yield (start - 1, end + 1) if bracketed else (start, end)
        start = folded.find(name, start + 1)


def _end_of_word(folded: str, end: int) -> int:
    """Return where the word ends once a possessive ("luna's", "lunas'") is part of it."""
    is_possessive = folded[end : end + 2] in ("'s", "s'")
    return end + 2 if is_possessive and not _is_wordy(folded[end + 2 : end + 3]) else end


def _stands_alone(folded: str, start: int, end: int, name: str) -> bool:
    before, after = folded[:start], folded[end:]
    if len(name) == 1 and _is_wordy(name):
        return not _touches_word(before[::-1]) and not _touches_word(after)
    return not _joined(before[-1:], name[0]) and not _joined(folded[end - 1], after[:1])


def _touches_word(outside: str) -> bool:
    """Whether a single letter belongs to a longer word, as in "x-ray" and "o'malley"."""
    return _is_wordy(outside[:1]) or (outside[:1] in ("'", "-") and _is_wordy(outside[1:2]))


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours are parts of one word or of one emoji; "" is the text's edge."""
    if not left or not right:
        return False
    if ZERO_WIDTH_JOINER in (left, right) or _extends(right):
        return True
    return _is_wordy(left) and _is_wordy(right) and not (_is_unspaced(left) or _is_unspaced(right))


def _extends(char: str) -> bool:
    is_skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    return is_skin_tone or unicodedata.category(char).startswith("M")


def _is_wordy(char: str) -> bool:
    return char.isalnum() or char == "_" or (char != "" and _extends(char))


def _is_unspaced(char: str) -> bool:
    return any(first <= char <= last for first, last in _UNSPACED)
