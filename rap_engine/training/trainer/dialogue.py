"""A record as the conversation that the product has at inference, with what is to be learned of it.

The photo, the references and the first question are the very prompt of inference
(`rap_conversation`). Later turns are words alone, as in RAP's published records; at inference a
later question brings its own photo and references, for each is retrieved anew.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from rap_engine.concept_text import defuse
from rap_engine.generate.conversation import Message, rap_conversation
from rap_engine.generate.language_model.checkpoint import Checkpoint
from rap_engine.generate.language_model.decoding import ends_of
from rap_engine.generate.language_model.template import ChatTemplate
from rap_engine.generate.prompt import CAPTION, Picture, with_names_marked
from rap_engine.generate.protocol import GenerationRequest
from rap_engine.images import to_jpeg
from rap_engine.training.records import Record
from rap_engine.types import Reference

_BLANK: Final = Image.new("RGB", (32, 32))
_BLANK_JPEG: Final = to_jpeg(_BLANK)
"""Stands for every picture: the words of a prompt do not depend on what they show."""
_SAME: Final = "Same?"
_YES_NO: Final = ("No", "Yes")
_QUESTION, _ANSWER = "alpha", "beta"
_FIRST_PRIVATE: Final = 0xE000
"""Private characters stand for answers: no question holds one, since they are defused."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model reads, and what it is to say then, with what ends its turn."""

    read: str
    said: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A record in a checkpoint's own words.

    `pictures` are the record's paths, one for each placeholder of the first turn, in order.
    """

    turns: tuple[Turn, ...]
    pictures: tuple[str, ...]


class DialogueWriter:
    """Writes records in the words of a checkpoint's chat template.

    Raises:
        WeightsCorrupt: the template cannot be used.
        WeightsError: the checkpoint has no token that ends an answer.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.template = ChatTemplate(checkpoint.processor)
        self._lead = _lead_of(self.template)
        closing = self.template.end_of_turn()
        tokenizer = checkpoint.processor.tokenizer
        ends = ends_of(checkpoint, closing)
        self._end = _end_in(closing, tokenizer, ends)
        self._is_written = bool(self._end)
        # A template may write nothing after an answer, which the generator ends all the same.
        self._end = self._end or str(tokenizer.eos_token)

    def write(self, record: Record) -> Dialogue:
        """Return a record as it is read and said."""
        request = request_of(record)
        (asked,) = rap_conversation(request)
        messages = [asked]
        turns: list[Turn] = []
        said = record.conversation
        for at, (question, answer) in enumerate(zip(said[::2], said[1::2], strict=True)):
            if at:
                messages.append(_later(question.words, request.references))
            read = self._read(messages, at)
            turns.append(Turn(read, self._said(answer.words, record)))
            messages.append(Message("assistant", (_stand_in(at),)))
        return Dialogue(tuple(turns), pictures_of(record))

    def write_verification(self, record: Record, is_shown: Sequence[bool]) -> Dialogue:
        """Return nothing but whether the photo shows each reference, a turn each.

        Args:
            record: with references of which that is known, all of them.
            is_shown: whether, in their order.
        """
        messages: list[Message] = []
        turns: list[Turn] = []
        for at, (_, answer) in enumerate(zip(record.references, is_shown, strict=True)):
            photo = () if at else (Picture(_BLANK),)
            messages.append(Message("user", (*photo, Picture(_BLANK), _SAME)))
            turns.append(Turn(self._read(messages, at), self._said(_YES_NO[answer], record)))
            messages.append(Message("assistant", (_stand_in(at),)))
        return Dialogue(tuple(turns), pictures_of(record))

    def _read(self, messages: Sequence[Message], at: int) -> str:
        """Return what comes between the answer before and the next."""
        text = self.template.render(messages).text
        if not at:
            return text
        between = text.rpartition(_stand_in(at - 1))[2]
        return between.removeprefix(self._end) if self._is_written else between

    def _said(self, answer: str, record: Record) -> str:
        marked = _with_names_marked(answer, [one.name for one in record.references])
        return f"{self._lead}{self.template.without_control_words(marked)}{self._end}"


def request_of(record: Record) -> GenerationRequest:
    """Return the request that a record's first question is; its pictures are blank."""
    return GenerationRequest(
        question=record.conversation[0].words,
        photo=None if record.image is None else _BLANK,
        regions=(),
        references=tuple(
            Reference(number, one.name, one.info, one.category, one.name, _BLANK_JPEG, None)
            for number, one in enumerate(record.references)
        ),
    )


def pictures_of(record: Record) -> tuple[str, ...]:
    """Return the paths of a record's pictures in the order of its prompt."""
    photo = () if record.image is None else (record.image,)
    return (*photo, *(reference.crop for reference in record.references))


def _later(question: str, references: Sequence[Reference]) -> Message:
    return Message("user", (with_names_marked(defuse(question) or CAPTION, references),))


def _with_names_marked(answer: str, names: Sequence[str]) -> str:
    """Put names into angle brackets, as in RAP's records, where they are in none."""
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    if not longest_first:
        return answer
    anywhere = "|".join(map(re.escape, longest_first))
    return re.sub(rf"<({anywhere})>|(?<!\w)({anywhere})(?!\w)", _marked, answer)


def _marked(found: re.Match[str]) -> str:
    return f"<{found[1] or found[2]}>"


def _stand_in(at: int) -> str:
    return chr(_FIRST_PRIVATE + at)


def _lead_of(template: ChatTemplate) -> str:
    """Return what the template writes between the opening of an answer and the answer."""
    asked, answered = Message("user", (_QUESTION,)), Message("assistant", (_ANSWER,))
    opened = template.render([asked]).text
    closed = template.render([asked, answered], is_open=False).text
    return closed.removeprefix(opened).partition(_ANSWER)[0] if closed.startswith(opened) else ""


def _end_in(closing: str, tokenizer: Any, ends: frozenset[int]) -> str:
    """Return the words that close an answer up to the token that ends it; "" without one."""
    for stop in range(1, len(closing) + 1):
        tokens = tokenizer(closing[:stop], add_special_tokens=False)["input_ids"]
        if ends.intersection(tokens):
            return closing[:stop]
    return ""
