"""What fills the places of a prompt that are kept for a concept's name and info.

A prompt marks these places with words ("Name:", "Info:"), so a name or an info that has the same
words in it loses their colons: it cannot pass for another place, or for another concept.
"""

from typing import Final

from rap_engine.concept_text import defuse
from rap_engine.labels import Labels

_PLACES: Final = Labels.of(("name", "info", "recognised in the photo"))


def in_place(raw: str) -> str:
    """Return a name or an info as all prompts write it."""
    return _PLACES.taken_from(defuse(raw))
