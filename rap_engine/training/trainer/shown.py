"""Whom a record's photo shows and whom it does not: the only labels that all data sets have."""

import re
from collections.abc import Iterator
from typing import Final

from rap_engine.training.kinds import Kind
from rap_engine.training.records import Record

_YES: Final = re.compile(r"\s*yes\b", re.IGNORECASE)
_NO: Final = re.compile(r"\s*no\b", re.IGNORECASE)
_NAMES_WHO_IS_SHOWN: Final[frozenset[Kind]] = frozenset({"recognition", "caption", "description"})
"""Kinds whose answers name who is there. Other answers may name anybody who was told of."""


def who_is_shown(record: Record) -> dict[int, bool]:
    """Return whether the photo shows them, of those references of which the record says so.

    Recognition: yes or no to a question that names them, or an answer that does. Captions and
    descriptions: who is named. Grounding: whose place is asked for. By the references' numbers, in
    their order; empty for a record without a photo.
    """
    if record.image is None:
        return {}
    shown, denied = _told(record)
    known = {}
    for number, reference in enumerate(record.references):
        name = f"<{reference.name}>"
        if name in shown:
            known[number] = True
        elif name in denied:
            known[number] = False
    return known


def crops_shown(record: Record) -> Iterator[str]:
    """Yield the crops of references that the photo shows."""
    for number, is_shown in who_is_shown(record).items():
        if is_shown:
            yield record.references[number].crop


def _told(record: Record) -> tuple[str, str]:
    """Return the words that are about who is there, and those about who is not."""
    shown, denied = [], []
    turns = record.conversation
    for question, answer in zip(turns[::2], turns[1::2], strict=True):
        if _NO.match(answer.words):
            denied.append(question.words if record.kind == "recognition" else "")
        elif record.kind == "grounding":
            shown.append(question.words)
        elif record.kind in _NAMES_WHO_IS_SHOWN:
            is_asked = record.kind == "recognition" and _YES.match(answer.words)
            shown += [answer.words, question.words if is_asked else ""]
    return "\n".join(shown), "\n".join(denied)
