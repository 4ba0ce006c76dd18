"""How a model's processor, template and tokenizer read a conversation."""

import re
from collections.abc import Sequence
from typing import Any

from rap_engine.generate.conversation import Message
from rap_engine.generate.language_model.checkpoint import Checkpoint
from rap_engine.generate.language_model.features import inputs_for
from rap_engine.generate.language_model.template import ChatTemplate, Rendered

_ROLES = re.compile(r"(?<![A-Za-z])(?:user|assistant|system|human|gpt)\s*:", re.IGNORECASE)


class TinyModel:
    """A model of random weights; shown by its name, for failing examples are printed."""

    def __init__(self, name: str, checkpoint: Checkpoint) -> None:
        self._name = name
        self._inputs = inputs_for(checkpoint)
        self.processor = checkpoint.processor
        self.tokenizer: Any = checkpoint.processor.tokenizer
        self.template = ChatTemplate(checkpoint.processor)

    def __repr__(self) -> str:
        return self._name

    @property
    def control_words(self) -> list[str]:
        """All added tokens of the tokenizer."""
        return [token.content for token in self.tokenizer.added_tokens_decoder.values()]

    def render(self, conversation: Sequence[Message]) -> Rendered:
        return self.template.render(conversation)

    def structure(self, conversation: Sequence[Message]) -> object:
        """Return all of a prompt but people's words: control tokens, roles, lines, pictures."""
        rendered = self.render(conversation)
        return (
            self.control_ids(rendered.text),
            _ROLES.findall(rendered.text),
            rendered.text.count("\n"),
            len(rendered.pictures),
        )

    def control_ids(self, text: str) -> list[int]:
        """Return the control tokens of a text, in order."""
        return self._control(self.tokenizer(text)["input_ids"])

    def control_ids_read(self, conversation: Sequence[Message]) -> list[int]:
        """Return the control tokens that the model is given, those of pictures among them."""
        inputs = self._inputs.read([self.render(conversation)])
        return self._control(inputs["input_ids"][0].tolist())

    def _control(self, ids: Sequence[int]) -> list[int]:
        return [one for one in ids if one in self.tokenizer.added_tokens_decoder]
