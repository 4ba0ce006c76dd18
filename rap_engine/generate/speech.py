"""An answer while it grows: pieces that add up to the text that comes at once."""

from collections.abc import Callable


class Speech:
    """Hands out what is new of a text that grows."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self.said = ""

    def say(self, text: str) -> None:
        """Hand out what the text has more than before."""
        if len(text) > len(self.said):
            piece = text[len(self.said) :]
            self.said = text
            self._on_text(piece)
