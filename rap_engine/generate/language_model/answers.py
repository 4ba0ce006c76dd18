"""From a model's words to what people read."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from rap_engine.generate.marks import settled_end, unmarked
from rap_engine.types import Reference

# What half a character decodes to, until its other half comes.
_UNFINISHED: Final = "\ufffd"


class Words:
    """The words of a model that writes the names of some references in angle brackets."""

    def __init__(self, tokenizer: Any, references: Sequence[Reference]) -> None:
        self._tokenizer = tokenizer
        self._references = references

    def of(self, tokens: Sequence[int]) -> str:
        """Return what people read of an answer."""
        return unmarked(self._decoded(tokens), self._references).strip()

    def settled_of(self, tokens: Sequence[int]) -> str:
        """Return the beginning of an answer that no further token can change."""
        decoded = self._decoded(tokens).rstrip(_UNFINISHED)
        end = settled_end(decoded, self._references)
        return unmarked(decoded[:end], self._references).strip()

    def _decoded(self, tokens: Sequence[int]) -> str:
        return str(
            self._tokenizer.decode(
                tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )


class Speech:
    """Hands out what is new of a text that grows."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._said = 0

    def say(self, text: str) -> None:
        """Hand out what the text has more than before."""
        if len(text) > self._said:
            self._on_text(text[self._said :])
            self._said = len(text)
