"""Concepts of one name in several lists are told apart by whose they are: "Biscuit (Smiths)".

The one place with this rule. A name that only one of the lists has is left as it is.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Final, Protocol

from rap_engine.concept_text import as_title
from rap_engine.naming import fold

YOURS: Final = "yours"
OWN_LIST: Final = "your own list"
"""What a person's own list is called in a sentence; no family may be called like that."""
_UNTITLED: Final = "shared"
# A title with brackets could end its place behind the name, and open another.
_BRACKETS: Final = re.compile(r"[()]")
_WORDS: Final = re.compile(r"\w+")


class Named(Protocol):
    """A concept of a list."""

    @property
    def concept_id(self) -> int:
        """Its id."""

    @property
    def list_id(self) -> int:
        """The list that it is in."""

    @property
    def name(self) -> str:
        """Its name there."""


def owners(titles: Mapping[int, str], personal_id: int | None) -> dict[int, str]:
    """Return by what each list is called behind a name; no two lists are called the same.

    Args:
        titles: the lists that the person sees, by id. Titles are others' words.
        personal_id: which of them is the person's own; None if that is not among them.
    """
    return _numbered_apart(titles, personal_id, YOURS, _title)


def list_titles(
    titles: Mapping[int, str], personal_id: int | None, own: str = OWN_LIST
) -> dict[int, str]:
    """Return what each list is called in a sentence; no two lists are called the same.

    Args:
        titles: the lists that the person sees, by id. Titles are others' words.
        personal_id: which of them is the person's own; None if that is not among them.
        own: what the person's own list is called.

    Returns:
        The names in the order of `titles`.
    """
    called = _numbered_apart(titles, personal_id, own, lambda title: title)
    return {list_id: called[list_id] for list_id in titles}


def is_reserved(title: str) -> bool:
    """Say whether a title could pass for what a person's own list is called."""
    folded = " ".join(_WORDS.findall(fold(title)))
    return folded in (YOURS, fold(OWN_LIST)) or folded.startswith(f"{fold(OWN_LIST)} ")


def told_apart(concepts: Iterable[Named], called: Mapping[int, str]) -> dict[int, str]:
    """Return what each concept is called, by id: no two names are the same after folding.

    Args:
        concepts: all that the person sees.
        called: the lists as `owners` calls them.
    """
    concepts = tuple(concepts)
    marked: set[int] = set()
    while True:
        names = {
            each.concept_id: _marked(each.name, called[each.list_id])
            if each.concept_id in marked
            else each.name
            for each in concepts
        }
        folded = Counter(map(fold, names.values()))
        clashing = {each for each, name in names.items() if folded[fold(name)] > 1}
        # A name may be spelt like another one with its list: then it gets its own list as well.
        if clashing <= marked:
            return names
        marked |= clashing


def _numbered_apart(
    titles: Mapping[int, str], personal_id: int | None, own: str, plainly: Callable[[str], str]
) -> dict[int, str]:
    called: dict[int, str] = {}
    taken: set[str] = set()
    # The own list first: no title of another's can be its word.
    for list_id in sorted(titles, key=lambda each: (each != personal_id, each)):
        plain = own if list_id == personal_id else plainly(titles[list_id])
        called[list_id] = next(each for each in _numbered(plain) if fold(each) not in taken)
        taken.add(fold(called[list_id]))
    return called


def _marked(name: str, owner: str) -> str:
    return f"{name} ({owner})"


def _title(title: str) -> str:
    return " ".join(_BRACKETS.sub(" ", as_title(title)).split()) or _UNTITLED


def _numbered(plain: str) -> Iterable[str]:
    yield plain
    yield from (f"{plain} {number}" for number in count(2))
