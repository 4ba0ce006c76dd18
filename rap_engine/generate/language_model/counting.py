"""How many tokens words and pictures cost."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

from PIL import Image

from rap_engine.generate.conversation import Message
from rap_engine.generate.language_model.template import ChatTemplate

_SIZES_REMEMBERED = 4096


class Counter(Protocol):
    """Says how long a conversation is for a model."""

    def count(self, messages: Sequence[Message]) -> int:
        """Return the tokens of the conversation, pictures included."""


class TokenCounter:
    """Counts as the processor expands: a picture of each size is tried once."""

    def __init__(self, template: ChatTemplate, processor: Any) -> None:
        self._template = template
        self._processor = processor
        self._picture_tokens = lru_cache(_SIZES_REMEMBERED)(self._try_picture)

    def count(self, messages: Sequence[Message]) -> int:
        """Return the tokens of the conversation, pictures included.

        Raises:
            PicturesMisplaced: the rendered text has not one placeholder for each picture.
        """
        rendered = self._template.render(messages)
        is_alone = len(rendered.pictures) == 1
        pictures = (self._picture_tokens(one.image.size, is_alone) for one in rendered.pictures)
        return self._words(rendered.text) + sum(pictures)

    def _words(self, text: str) -> int:
        return len(self._processor.tokenizer(text)["input_ids"])

    def _try_picture(self, size: tuple[int, int], is_alone: bool) -> int:
        """Return what a picture costs beyond its placeholder: some get more tokens when alone."""
        copies = 1 if is_alone else 2
        text = self._template.placeholder * copies
        blank = Image.new("RGB", size)
        expanded = self._processor(text=[text], images=[[blank] * copies])["input_ids"][0]
        return -(-(len(expanded) - self._words(text)) // copies)
