"""From a model's words to what people read."""

from collections.abc import Sequence
from typing import Any, Final

from rap_engine.generate.words import told, told_so_far
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
        return told(self._decoded(tokens), self._references)

    def settled_of(self, tokens: Sequence[int]) -> str:
        """Return the beginning of an answer that no further token can change."""
        return told_so_far(self._decoded(tokens).rstrip(_UNFINISHED), self._references)

    def _decoded(self, tokens: Sequence[int]) -> str:
        return str(
            self._tokenizer.decode(
                tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )
