"""Which references a record says that its photo shows: the only labels that all data sets have."""

import re
from collections.abc import Iterator
from typing import Final

from rap_engine.training.records import Record

_YES: Final = re.compile(r"\s*yes\b", re.IGNORECASE)
_NO: Final = re.compile(r"\s*no\b", re.IGNORECASE)


def sameness(record: Record) -> dict[int, bool]:
    """Return whether the photo shows them, of those references that the answers speak of.

    A reference is shown where an answer names it, or says yes to a question that does; it is not
    where the answer to such a question is no. By the references' numbers, in their order.
    """
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
    for number, is_shown in sameness(record).items():
        if is_shown:
            yield record.references[number].crop


def _told(record: Record) -> tuple[str, str]:
    """Return the words that are about what is there, and those about what is not."""
    shown, denied = [], []
    turns = record.conversation
    for question, answer in zip(turns[::2], turns[1::2], strict=True):
        if _NO.match(answer.words):
            denied.append(question.words)
            continue
        shown.append(answer.words)
        if _YES.match(answer.words):
            shown.append(question.words)
    return "\n".join(shown), "\n".join(denied)
