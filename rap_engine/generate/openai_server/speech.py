"""An answer while it grows: pieces that add up to the text that comes at once.

A model or an adapter that was trained on RAP's records writes `<Biscuit>`; people read Biscuit.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from rap_engine.concept_text import defuse
from rap_engine.generate.openai_server.replies import ended
from rap_engine.types import Reference

_MARKED: Final = re.compile(r"<([^<>]+)>")


def unmarked(text: str, references: Sequence[Reference]) -> str:
    """Take the angle brackets off the references' names."""
    names = {defuse(one.name).casefold(): one.name for one in references}
    return _MARKED.sub(lambda found: names.get(found[1].casefold(), found[0]), text)


class Speech:
    """Gives a streamed text out. What a later piece could change waits for it."""

    def __init__(self, on_text: Callable[[str], None], references: Sequence[Reference]) -> None:
        self._on_text = on_text
        self._references = references
        self._held = ""
        self.said = ""

    def add(self, piece: str) -> None:
        """Give out a piece of the text."""
        self._held += piece
        if not self.said:
            self._held = self._held.lstrip()
        ready = self._held[: self._settled_end()].rstrip()
        self._held = self._held[len(ready) :]
        self._give(unmarked(ready, self._references))

    def end(self, finish: str | None) -> str:
        """Give out what belongs to the end, and return the whole.

        Raises:
            ServerRefused: as `ended`.
        """
        text = ended(self.said + self._held, finish)
        self._give(text[len(self.said) :])
        return text

    def _settled_end(self) -> int:
        """Return where a name in brackets may have begun that is not closed yet."""
        bracket = self._held.rfind("<")
        opened = self._held[bracket + 1 :].casefold()
        names = (defuse(one.name).casefold() for one in self._references)
        is_open = bracket >= 0 and any(name.startswith(opened) for name in names)
        return bracket if is_open else len(self._held)

    def _give(self, text: str) -> None:
        if text:
            self.said += text
            self._on_text(text)
