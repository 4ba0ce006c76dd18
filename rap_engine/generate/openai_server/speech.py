"""An answer while it grows: pieces that add up to the text that comes at once."""

from collections.abc import Callable, Sequence

from rap_engine.generate.marks import settled_end, unmarked
from rap_engine.generate.openai_server.replies import ended
from rap_engine.types import Reference


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
        ready = self._held[: settled_end(self._held, self._references)].rstrip()
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

    def _give(self, text: str) -> None:
        if text:
            self.said += text
            self._on_text(text)
