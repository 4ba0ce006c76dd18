"""From a model's words to what people read."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rap_engine.concept_text import defuse
from rap_engine.generate.boxes import parse_box, without_padding
from rap_engine.generate.composed import ComposedGenerator
from rap_engine.generate.protocol import Generated, GenerationRequest
from rap_engine.types import Box, Match, Reference, Region

# What half a character decodes to, until its other half comes.
_UNFINISHED: Final = "\ufffd"


class Words:
    """The words of a model that writes the names of some references in angle brackets."""

    def __init__(self, tokenizer: Any, references: Sequence[Reference]) -> None:
        self._tokenizer = tokenizer
        self._names = {defuse(one.name).casefold(): one.name for one in references}

    def of(self, tokens: Sequence[int]) -> str:
        """Return what people read of an answer."""
        return self._without_marks(self._decoded(tokens)).strip()

    def settled_of(self, tokens: Sequence[int]) -> str:
        """Return the beginning of an answer that no further token can change."""
        decoded = self._decoded(tokens).rstrip(_UNFINISHED)
        bracket = decoded.rfind("<")
        if bracket >= 0 and self._may_become_name(decoded[bracket + 1 :].casefold()):
            decoded = decoded[:bracket]
        return self._without_marks(decoded).strip()

    def _decoded(self, tokens: Sequence[int]) -> str:
        return str(
            self._tokenizer.decode(
                tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )

    def _without_marks(self, words: str) -> str:
        return re.sub(
            r"<([^<>]+)>", lambda found: self._names.get(found[1].casefold(), found[0]), words
        )

    def _may_become_name(self, opened: str) -> bool:
        return any(name.startswith(opened) for name in self._names)


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


@dataclass(frozen=True, slots=True)
class Places:
    """Answers to where somebody is, who was recognised in the photo.

    `are_padded`: whether the model's places are shares of the photo padded to a square.
    """

    composed: ComposedGenerator
    are_padded: bool

    def answer(self, request: GenerationRequest, sought: Reference, words: str) -> Generated:
        """Return the place that the model points to, or else the region that was matched.

        The sentence is the composed generator's in either case.
        """
        pointed = self._pointed(request, words)
        if pointed is not None and sought.match is not None:
            moved = replace(sought, match=_moved(sought.match, pointed, sought.category))
            others = [one for one in request.references if one.concept_id != sought.concept_id]
            request = replace(request, references=(moved, *others))
        located = self.composed.generate(request)
        boxes = (
            replace(box, concept_id=sought.concept_id, is_pointed=pointed is not None)
            for box in located.boxes
        )
        return replace(located, boxes=tuple(boxes))

    def _pointed(self, request: GenerationRequest, words: str) -> Box | None:
        box = parse_box(words)
        if box is None or request.photo is None or not self.are_padded:
            return box
        return without_padding(box, *request.photo.size)


def _moved(match: Match, box: Box, category: str) -> Match:
    region = Region(box, match.region.label or category, match.region.confidence)
    return replace(match, region=region)
