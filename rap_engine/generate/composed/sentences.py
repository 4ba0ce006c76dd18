"""Every English sentence that an answer is put together from. A language is a module like this.

Values are filled in with `str.format`, which never looks into what it fills in.
"""

from collections.abc import Sequence
from typing import Final

# Small talk
HELLO: Final = "Hello! Send me a photo and ask who is in it, or ask about those you told me about."
WELCOME: Final = "You are welcome."

# Who is there
THIS_IS: Final = "This is {who}."
PERHAPS: Final = "I think this is {who}."
PERHAPS_TOO: Final = "I think I also see {who}."
STRANGER_LIVING: Final = "I see {what}, but it is nobody you told me about."
STRANGER_THING: Final = "I see {what}, but it is nothing you told me about."
STRANGERS: Final = "I see {what}, but none that you told me about."
ALSO_STRANGER: Final = "I also see {what}, but it is nobody you told me about."
ALSO_STRANGERS: Final = "I also see {what}, but none that you told me about."
NOBODY: Final = "I see nobody and nothing here that you told me about."

# Whether somebody is there
YES: Final = "Yes, this is {who}."
YES_PERHAPS: Final = "Yes, I think this is {who}."
YES_STRANGER: Final = "Yes."
NO: Final = "No, I do not see {whom} here."
NOT_ALL: Final = "Not all of them."
NOT_SEEN: Final = "I do not see {whom} here."

# Where
IS_AT: Final = "{name} is {where}."
IS_PERHAPS_AT: Final = "I think {name} is {where}."
STRANGER_AT: Final = "I see {what} {where}."
FOUND: Final = "{sentence} (The detector found this.)"
SOMEWHERE: Final = (
    "{name} is in the photo, but I recognised it as a whole and cannot say where in it."
)

# What was told
TOLD: Final = "I was told: {quote}"
TOLD_ABOUT: Final = "About {name} I was told: {quote}"
NEAREST: Final = "About {name} I was not told exactly that. The nearest is: {quote}"
IF_YOU_MEAN: Final = "If you mean {name}, I was told: {quote}"
CATEGORY: Final = "I keep {name} as “{category}”."
ONLY_NAME: Final = "Of {name} I know the name and nothing more."
ONLY_CATEGORY: Final = "Of {name} I know the name and that I keep it as “{category}”, nothing more."

# What cannot be answered
NOT_TOLD: Final = "I was told nothing about that."
NOT_TOLD_ABOUT: Final = "About {name} I was told nothing of that."
CANNOT_LOOK: Final = (
    "With the profile `{profile}` I recognise but do not look closer; the profiles {others} do."
)
CANNOT_THINK: Final = (
    "With the profile `{profile}` I answer only from what I was told;"
    " the profiles {others} know more."
)
NO_ANSWER: Final = "I have no answer to that. Please ask in other words."
NO_PHOTO: Final = "I need a photo for that: send me one with your question."
WHOM: Final = "I do not know whom or what you mean: say a name that you told me, or send a photo."

# Places: row by row of a photo cut in nine
PLACES: Final = (
    ("in the upper left", "at the top", "in the upper right"),
    ("on the left", "in the middle", "on the right"),
    ("in the lower left", "at the bottom", "in the lower right"),
)
ALMOST_ALL: Final = "in the middle and fills most of the photo"

_COUNTS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TO_SINGLE: Final = str.maketrans("“”„‟", "\u2018\u2019\u201a\u201b")
_PLURALS: Final = {
    "person": "people",
    "man": "men",
    "woman": "women",
    "child": "children",
    "mouse": "mice",
    "sheep": "sheep",
    "knife": "knives",
    "fish": "fish",
}


def quote(words: str) -> str:
    """Return the words as a quotation that closes its sentence."""
    stop = "" if words.endswith((".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f")) else "."
    return f"“{within_quotes(words)}”{stop}"


def within_quotes(words: str) -> str:
    """Return the words with single quotation marks for double ones: they cannot end a quotation."""
    return words.translate(_TO_SINGLE)


def with_place(name: str, place: str) -> str:
    """Return a name with where it is, as part of a list."""
    return f"{name}, {place}" if place else name


def both(items: Sequence[str]) -> str:
    """Return "a, b and c"; a comma stands before "and" where items hold commas themselves."""
    return _listed(items, "and")


def either(items: Sequence[str]) -> str:
    """Return "a, b or c"."""
    return _listed(items, "or")


def counted(kind: str, count: int) -> str:
    """Return "a dog", "an owl", "two dogs"."""
    if count == 1:
        return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"
    number = _COUNTS[count] if count < len(_COUNTS) else str(count)
    return f"{number} {_plural(kind)}"


def profiles(names: Sequence[str]) -> str:
    """Return the names of profiles as code."""
    return both([f"`{name}`" for name in names])


def _listed(items: Sequence[str], word: str) -> str:
    if len(items) == 1:
        return items[0]
    comma = "," if any(", " in item for item in items) else ""
    return f"{', '.join(items[:-1])}{comma} {word} {items[-1]}"


def _plural(kind: str) -> str:
    head, space, last = kind.rpartition(" ")
    return f"{head}{space}{_PLURALS.get(last) or _regular_plural(last)}"


def _regular_plural(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}s"
