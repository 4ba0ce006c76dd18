"""A conversation in the words of a checkpoint's own chat template."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jinja2 import TemplateError

from rap_engine.errors import WeightsCorrupt
from rap_engine.generate.language_model.control_words import ControlWords
from rap_engine.generate.language_model.errors import PicturesMisplaced
from rap_engine.generate.prompt import Picture, Prompt

Role = Literal["system", "user", "assistant"]
_FIRST, _SECOND, _THIRD = "alpha", "beta", "gamma"


@dataclass(frozen=True, slots=True)
class Message:
    """What one role says: words and, from a user, pictures."""

    role: Role
    content: Prompt


@dataclass(frozen=True, slots=True)
class Rendered:
    """A conversation as text, with one placeholder for each of the pictures, in order."""

    text: str
    pictures: tuple[Picture, ...]


class ChatTemplate:
    """Renders conversations; learns once, from probes, how the template treats them.

    Most templates write words and pictures in the order given. Some (LLaVA-OneVision's) write all
    pictures of a message first, or put spaces between: to these, a message is one text that has
    the placeholders in it already.

    Raises:
        WeightsCorrupt: there is no template, or it has no place for pictures.
    """

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        self._template = _template_of(processor)
        self._control_words = ControlWords(processor.tokenizer, self._template)
        probe: list[Any] = [_FIRST, None, _SECOND, None, _THIRD]
        self.placeholder = self._find_placeholder(probe)
        self._markup, self._inlines = self._find_markup(probe)
        self._takes_system = self._shows_system()

    def render(self, messages: Sequence[Message]) -> Rendered:
        """Return the conversation as text, ready for the assistant's next words.

        Raises:
            PicturesMisplaced: the text has not one placeholder for each picture.
        """
        contents = [(message.role, list(self._safe(message))) for message in messages]
        if not self._takes_system:
            contents = _with_system_in_first_question(contents)
        text = self._apply(contents, inlines=self._inlines)
        pictures = tuple(
            part for message in messages for part in message.content if isinstance(part, Picture)
        )
        if text.count(self.placeholder) != len(pictures):
            raise PicturesMisplaced(
                f"{text.count(self.placeholder)} places for {len(pictures)} pictures"
            )
        return Rendered(text, pictures)

    def end_of_turn(self) -> str:
        """Return what the template writes after an assistant's words, "" if nothing."""
        said: list[tuple[Role, list[Any]]] = [("user", [_FIRST]), ("assistant", [_SECOND])]
        text = self._apply(said, is_open=False)
        return text.rpartition(_SECOND)[2]

    def _safe(self, message: Message) -> Iterator[str | None]:
        """Yield the words without control tokens, None for a picture."""
        words = ""
        for part in message.content:
            if isinstance(part, Picture):
                yield from ([self._control_words.broken_up(words)] if words else [])
                yield None
                words = ""
            else:
                words += part
        yield from ([self._control_words.broken_up(words)] if words else [])

    def _find_placeholder(self, probe: list[Any]) -> str:
        """Return the token that the template writes for a picture."""
        try:
            text = self._apply([("user", probe)])
        except (TemplateError, ValueError) as error:
            raise WeightsCorrupt(f"The chat template cannot be used: {error}") from error
        tokens = (getattr(self._processor, name, None) for name in ("image_token", "boi_token"))
        for token in tokens:
            if token is not None and text.count(str(token)) == probe.count(None):
                return str(token)
        raise WeightsCorrupt("The chat template has no place for pictures.")

    def _find_markup(self, probe: list[Any]) -> tuple[str, bool]:
        """Return what stands for a picture, and whether it must be written into the text."""
        text = self._apply([("user", probe)])
        between = re.search(f"{_FIRST}(.*?){_SECOND}(.*?){_THIRD}", text, re.DOTALL)
        if between is None or any(self.placeholder not in part for part in between.groups()):
            self._markup = self.placeholder
        else:
            self._markup = between[1].strip()
            spaced = self._apply([("user", [f"{_FIRST}\n", None, f"\n{_SECOND}"])])
            if f"{_FIRST}\n{self._markup}\n{_SECOND}" in spaced:
                return self._markup, False
        inlined = self._apply([("user", probe)], inlines=True)
        if f"{_FIRST}{self._markup}{_SECOND}{self._markup}{_THIRD}" not in inlined:
            raise WeightsCorrupt("The chat template does not keep pictures between words.")
        return self._markup, True

    def _shows_system(self) -> bool:
        try:
            text = self._apply([("system", [_FIRST]), ("user", [_SECOND])])
        except TemplateError:
            return False
        return _FIRST in text

    def _apply(
        self,
        contents: Sequence[tuple[Role, list[Any]]],
        *,
        inlines: bool = False,
        is_open: bool = True,
    ) -> str:
        conversation = [
            {"role": role, "content": self._items(parts, inlines)} for role, parts in contents
        ]
        text = self._processor.apply_chat_template(
            conversation, chat_template=self._template, add_generation_prompt=is_open
        )
        return str(text)

    def _items(self, parts: list[str | None], inlines: bool) -> list[dict[str, str]]:
        if inlines:
            parts = ["".join(self._markup if part is None else part for part in parts)]
        return [
            {"type": "image"} if part is None else {"type": "text", "text": part} for part in parts
        ]


def _template_of(processor: Any) -> str:
    template = processor.chat_template or processor.tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default")
    if not template:
        raise WeightsCorrupt("The checkpoint has no chat template.")
    return str(template)


def _with_system_in_first_question(
    contents: list[tuple[Role, list[str | None]]],
) -> list[tuple[Role, list[str | None]]]:
    """Return the conversation without system messages: the first question opens with them."""
    rest: list[tuple[Role, list[str | None]]] = [
        (role, parts) for role, parts in contents if role != "system"
    ]
    system = [part for role, parts in contents if role == "system" for part in parts]
    if system:
        role, parts = rest[0]
        rest[0] = (role, [*system, "\n\n", *parts])
    return rest
