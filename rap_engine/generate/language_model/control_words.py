"""Words that a tokenizer or a template obeys, taken out of what people wrote."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from rap_engine.labels import Labels

_PUNCTUATION: Final = re.compile(r"[^\w\s]|_")
_WORD_START: Final = "\u2581"  # how tokenizers write a space


class ControlWords:
    """Breaks up the control tokens and roles of one checkpoint, wherever they stand in a text.

    `concept_text.defuse` takes away what looks like a control token. This finds those that the
    checkpoint really has: they may look like anything, and RAP's brackets may make one of a name.

    Args:
        tokenizer: the checkpoint's.
        template: its chat template.
        roles: what the template writes before a colon where a role begins to speak.
    """

    def __init__(self, tokenizer: Any, template: str, roles: Iterable[str]) -> None:
        added = list(tokenizer.added_tokens_decoder.values())
        obeyed = {token.content for token in added if token.special or token.content in template}
        obeyed |= set(tokenizer.all_special_tokens)
        words = {word for word in obeyed | {one.content for one in added} if _is_word(word, obeyed)}
        longest_first = sorted(words, key=len, reverse=True)
        self._tokenizer = tokenizer
        self._roles = Labels.of(roles)
        self._found = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        # A letter that the vocabulary lacks is no control token, though it has one's number.
        self._obeyed = set(tokenizer.convert_tokens_to_ids(list(words & obeyed)))
        self._obeyed.discard(tokenizer.unk_token_id)

    def broken_up(self, text: str) -> str:
        """Return the text with a space in each control token, so that it is one no longer.

        A tokenizer that normalises what it reads may still read one: then the text is normalised
        too, and in the end its words are all that is left of it.
        """
        text = self._roles.taken_from(text)
        for form in (text, unicodedata.normalize("NFKC", text)):
            apart = self._apart(form)
            if not self._is_obeyed(apart):
                return apart
        return self._apart(" ".join(_PUNCTUATION.sub(" ", form).split()))

    def _apart(self, text: str) -> str:
        while (broken := self._found.sub(_with_space, text)) != text:
            text = broken
        return text

    def _is_obeyed(self, text: str) -> bool:
        read = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return not self._obeyed.isdisjoint(read)


def _is_word(token: str, obeyed: set[str]) -> bool:
    """Whether a token is to be broken up: spaces are not, nor words that were merely added."""
    bare = token.replace(_WORD_START, " ").strip()
    return (bare != "" and not bare.isalnum()) or (token in obeyed and not token.isspace())


def _with_space(found: re.Match[str]) -> str:
    token = found[0]
    return f"{token[0]} {token[1:]}" if len(token) > 1 else " "
