"""A conversation in the words of a checkpoint's own chat template."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from jinja2 import TemplateError

from rap_engine.errors import WeightsCorrupt
from rap_engine.generate.conversation import Message, Role
from rap_engine.generate.language_model.control_words import ControlWords
from rap_engine.generate.language_model.errors import PicturesMisplaced
from rap_engine.generate.prompt import Picture
from rap_engine.generate.proportions import without_stripes

_ROLE: Final = re.compile(r"([^\W\d_]+)\s*:\s*$", re.MULTILINE)
_FIRST, _SECOND, _THIRD = "alpha", "beta", "gamma"


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
        probe: list[Any] = [_FIRST, None, _SECOND, None, _THIRD]
        self.placeholder = self._find_placeholder(probe)
        self._inline_markup = self._find_inline_markup(probe)
        self._takes_system = self._shows_system()
        roles = self._find_roles()
        self._control_words = ControlWords(processor.tokenizer, self._template, roles)

    def render(self, messages: Sequence[Message], *, is_open: bool = True) -> Rendered:
        """Return the conversation as text.

        Args:
            messages: who said what.
            is_open: whether it ends with what opens the assistant's next words.

        Raises:
            PicturesMisplaced: the text has not one placeholder for each picture.
        """
        contents = [(message.role, list(self._safe(message))) for message in messages]
        if not self._takes_system:
            contents = _with_system_in_first_question(contents)
        text = self._apply(contents, self._inline_markup, is_open=is_open)
        pictures = tuple(
            replace(part, image=without_stripes(part.image))
            for message in messages
            for part in message.content
            if isinstance(part, Picture)
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

    def without_control_words(self, words: str) -> str:
        """Return words as a conversation of this template holds them."""
        return self._control_words.broken_up(words)

    def _safe(self, message: Message) -> Iterator[str | None]:
        """Yield the words without control tokens, None for a picture."""
        words = ""
        for part in message.content:
            if isinstance(part, Picture):
                yield from ([self.without_control_words(words)] if words else [])
                yield None
                words = ""
            else:
                words += part
        yield from ([self.without_control_words(words)] if words else [])

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

    def _find_roles(self) -> list[str]:
        """Return the words with which turns begin: "USER", "ASSISTANT"; [] for tokens alone."""
        text = self._apply([("user", [_FIRST]), ("assistant", [_SECOND]), ("user", [_THIRD])])
        heads = re.search(f"{_FIRST}(.*?){_SECOND}(.*?){_THIRD}", text, re.DOTALL)
        return [] if heads is None else _ROLE.findall("\n".join(heads.groups()))

    def _find_inline_markup(self, probe: list[Any]) -> str | None:
        """Return what must be written into a text for a picture, None if the template does it."""
        markup = self._markup_between_words(probe)
        if markup is not None and self._keeps_line_ends(markup):
            return None
        markup = markup or self.placeholder
        inlined = self._apply([("user", probe)], markup)
        if f"{_FIRST}{markup}{_SECOND}{markup}{_THIRD}" not in inlined:
            raise WeightsCorrupt("The chat template does not keep pictures between words.")
        return markup

    def _markup_between_words(self, probe: list[Any]) -> str | None:
        """Return what the template writes for a picture, None if it moves pictures elsewhere."""
        text = self._apply([("user", probe)])
        between = re.search(f"{_FIRST}(.*?){_SECOND}(.*?){_THIRD}", text, re.DOTALL)
        if between is None or any(self.placeholder not in part for part in between.groups()):
            return None
        return between[1].strip()

    def _keeps_line_ends(self, markup: str) -> bool:
        spaced = self._apply([("user", [f"{_FIRST}\n", None, f"\n{_SECOND}"])])
        return f"{_FIRST}\n{markup}\n{_SECOND}" in spaced

    def _shows_system(self) -> bool:
        try:
            text = self._apply([("system", [_FIRST]), ("user", [_SECOND])])
        except TemplateError:
            return False
        return _FIRST in text

    def _apply(
        self,
        contents: Sequence[tuple[Role, list[Any]]],
        inline_markup: str | None = None,
        *,
        is_open: bool = True,
    ) -> str:
        conversation = [
            {"role": role, "content": _items(parts, inline_markup)} for role, parts in contents
        ]
        text = self._processor.apply_chat_template(
            conversation, chat_template=self._template, add_generation_prompt=is_open
        )
        return str(text)


def _items(parts: list[str | None], inline_markup: str | None) -> list[dict[str, str]]:
    if inline_markup is not None:
        parts = ["".join(inline_markup if part is None else part for part in parts)]
    return [{"type": "image"} if part is None else {"type": "text", "text": part} for part in parts]


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
