"""Words that a tokenizer or a template obeys, taken out of what people wrote."""

import re
from typing import Any


class ControlWords:
    """Breaks up the control tokens of one checkpoint, wherever they stand in a text.

    `concept_text.defuse` takes away what looks like a control token. This finds those that the
    checkpoint really has: they may look like anything, and RAP's brackets may make one of a name.
    """

    def __init__(self, tokenizer: Any, template: str) -> None:
        tokens = {
            token.content
            for token in tokenizer.added_tokens_decoder.values()
            if token.special or token.content in template
        } | set(tokenizer.all_special_tokens)
        words = sorted((token for token in tokens if not token.isspace()), key=len, reverse=True)
        self._found = re.compile("|".join(re.escape(word) for word in words) or r"(?!)")

    def broken_up(self, text: str) -> str:
        """Return the text with a space in each control token, so that it is one no longer."""
        while (broken := self._found.sub(_with_space, text)) != text:
            text = broken
        return text


def _with_space(found: re.Match[str]) -> str:
    token = found[0]
    return f"{token[0]} {token[1:]}" if len(token) > 1 else " "
