"""Names in a model's words: RAP's records put them in angle brackets, people read them without."""

import re
from collections.abc import Sequence
from typing import Final

from rap_engine.generate.fields import in_place
from rap_engine.types import Reference

_MARKED: Final = re.compile(r"<([^<>]+)>")


def unmarked(text: str, references: Sequence[Reference]) -> str:
    """Take the angle brackets off the references' names."""
    names = {in_place(name).casefold(): name for one in references for name in one.names}
    return _MARKED.sub(lambda found: names.get(found[1].casefold(), found[0]), text)


def settled(text: str, references: Sequence[Reference]) -> str:
    """Return what people read of a growing text, as far as nothing that comes can change it."""
    return unmarked(text[: _settled_end(text, references)], references).strip()


def _settled_end(text: str, references: Sequence[Reference]) -> int:
    """Return where a name in brackets may have begun in a growing text that is not closed yet.

    Everything before that place is what people read, whatever comes.
    """
    bracket = text.rfind("<")
    opened = text[bracket + 1 :].casefold()
    is_open = bracket >= 0 and any(
        in_place(name).casefold().startswith(opened) for one in references for name in one.names
    )
    return bracket if is_open else len(text)
