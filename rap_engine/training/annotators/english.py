"""The small English that templates are filled with."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_IRREGULAR: Final = {"person": "people", "man": "men", "woman": "women", "child": "children"}
_UNCHANGED: Final = frozenset({"sheep", "fish", "scissors", "skis", "glasses"})
_HISSING: Final = ("s", "x", "z", "ch", "sh")
_VOWELS: Final = "aeiou"


def kind(category: str) -> str:
    """Return the word for a category; "thing" where the source has none."""
    return category.strip().lower() or "thing"


def a(word: str) -> str:
    """Return a word with its article: "an apple"."""
    return f"{'an' if word[:1].lower() in _VOWELS else 'a'} {word}"


def plural(word: str) -> str:
    """Return the plural of a category: "dogs", "teddy bears"."""
    head, _, last = word.rpartition(" ")
    return f"{head} {_plural(last)}".strip()


def number(count: int) -> str:
    """Return a small number in words."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def joined(words: Sequence[str]) -> str:
    """Return "A", "A and B" or "A, B and C"; "" for nothing."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def counted(categories: Iterable[str]) -> str:
    """Return "a dog and two cats"; "" for nothing."""
    counts = Counter(map(kind, categories))
    told = [
        a(word) if count == 1 else f"{number(count)} {plural(word)}"
        for word, count in counts.items()
    ]
    return joined(told)


def sentence(text: str) -> str:
    """Return a text that begins and ends as a sentence does."""
    text = text.strip()
    closed = text if text.endswith((".", "!", "?")) else f"{text}."
    return closed[:1].upper() + closed[1:]


def _plural(word: str) -> str:
    if word in _UNCHANGED:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(_HISSING) else f"{word}s"
