"""Records as tokens: what is read, and which of it is to be learned."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from rap_engine.generate.language_model.checkpoint import Checkpoint
from rap_engine.training.records import Record
from rap_engine.training.trainer.dialogue import Dialogue, DialogueWriter
from rap_engine.training.trainer.shown import who_is_shown

PictureTokens = Callable[[str, bool], Sequence[int]]
"""The tokens that stand for a picture: of its path, and of whether it is its prompt's only one."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A record's tokens; `spans` are the places (start, end) of those that are to be learned."""

    tokens: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]

    @property
    def learned(self) -> int:
        """How many tokens the loss is of."""
        return sum(end - start for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A lesson that fits, and which of the record's references are in it.

    `is_shortened` says whether some are not for want of room.
    """

    lesson: Lesson
    kept: tuple[int, ...]
    is_shortened: bool = False


class LeftOut(StrEnum):
    """Why a record became no lesson."""

    TOO_LONG = "too_long"
    MISSING = "missing_pictures"
    SAYS_NOTHING = "says_nothing"


class LessonWriter:
    """Writes records as the tokens of one checkpoint.

    Args:
        checkpoint: whose tokens.
        picture_tokens: says what stands for a picture.
    """

    def __init__(self, checkpoint: Checkpoint, picture_tokens: PictureTokens) -> None:
        self._dialogues = DialogueWriter(checkpoint)
        self._tokenizer: Any = checkpoint.processor.tokenizer
        placeholder = self._dialogues.template.placeholder
        self._placeholder = int(self._tokenizer.convert_tokens_to_ids(placeholder))
        self._picture_tokens = picture_tokens

    def write(self, record: Record) -> Lesson:
        """Return a record as tokens, however many.

        Raises:
            BadPhoto: a picture whose size matters cannot be read.
            OSError: nor its file.
        """
        return self._tokens_of(self._dialogues.write(record))

    def fit(self, record: Record, most_tokens: int) -> "Fitted | LeftOut":
        """Return a record as tokens, with fewer references that nobody speaks of if it is long.

        Those go one by one from the end. It is left out if it is too long without any: an answer
        is never cut.

        Raises:
            BadPhoto: a picture whose size matters cannot be read.
            OSError: nor its file.
        """
        kept = list(range(len(record.references)))
        lesson = self.write(record)
        noise = _spoken_of_by_nobody(record)
        while len(lesson.tokens) > most_tokens and noise:
            kept.remove(noise.pop())
            lesson = self.write(with_references(record, kept))
        if len(lesson.tokens) > most_tokens:
            return LeftOut.TOO_LONG
        return Fitted(lesson, tuple(kept), is_shortened=len(kept) < len(record.references))

    def _tokens_of(self, dialogue: Dialogue) -> Lesson:
        tokens, spans = self._tokenized(dialogue)
        return self._with_pictures(tokens, spans, dialogue.pictures)

    def _tokenized(self, dialogue: Dialogue) -> tuple[list[int], list[tuple[int, int]]]:
        """Return tokens and spans, one placeholder for each picture."""
        if self._tokenizer.is_fast:
            together = self._together(dialogue)
            if together is not None:
                return together
        return self._apart(dialogue)

    def _together(self, dialogue: Dialogue) -> tuple[list[int], list[tuple[int, int]]] | None:
        """Tokenize all at once, as a decoder's words are; None if a token is read and said both."""
        pieces = [piece for turn in dialogue.turns for piece in (turn.read, turn.said)]
        read = self._tokenizer("".join(pieces), return_offsets_mapping=True)
        tokens: list[int] = read["input_ids"]
        spans: list[tuple[int, int]] = []
        at = place = 0
        for turn in dialogue.turns:
            start = place + len(turn.read)
            place = start + len(turn.said)
            at = _first_behind(read["offset_mapping"], at, start)
            end = _first_behind(read["offset_mapping"], at, place)
            spans.append((at, end))
            at = end
        prompt = self._tokenizer(dialogue.turns[0].read)["input_ids"]
        return (tokens, spans) if tokens[: spans[0][0]] == prompt else None

    def _apart(self, dialogue: Dialogue) -> tuple[list[int], list[tuple[int, int]]]:
        tokens: list[int] = []
        spans: list[tuple[int, int]] = []
        for turn in dialogue.turns:
            tokens += self._tokenizer(turn.read, add_special_tokens=not tokens)["input_ids"]
            said = self._tokenizer(turn.said, add_special_tokens=False)["input_ids"]
            spans.append((len(tokens), len(tokens) + len(said)))
            tokens += said
        return tokens, spans

    def _with_pictures(
        self, tokens: Sequence[int], spans: Iterable[tuple[int, int]], pictures: Sequence[str]
    ) -> Lesson:
        is_alone = len(pictures) == 1
        left = iter(pictures)
        seen: list[int] = []
        places = [0]
        for token in tokens:
            if token == self._placeholder:
                seen += self._picture_tokens(next(left), is_alone)
            else:
                seen.append(token)
            places.append(len(seen))
        return Lesson(tuple(seen), tuple((places[start], places[end]) for start, end in spans))


class VerificationWriter(LessonWriter):
    """Writes of each record only which references its photo shows, and which not."""

    def write(self, record: Record) -> Lesson:
        """Return whether each reference is shown, which must be known of all."""
        is_shown = list(who_is_shown(record).values())
        return self._tokens_of(self._dialogues.write_verification(record, is_shown))

    def fit(self, record: Record, most_tokens: int) -> Fitted | LeftOut:
        """Return what is known of the references, of the first ones if all are too many."""
        known = list(who_is_shown(record))
        if not known:
            return LeftOut.SAYS_NOTHING
        for count in range(len(known), 0, -1):
            lesson = self.write(with_references(record, known[:count]))
            if len(lesson.tokens) <= most_tokens:
                return Fitted(lesson, tuple(known[:count]), is_shortened=count < len(known))
        return LeftOut.TOO_LONG


def with_references(record: Record, kept: Sequence[int]) -> Record:
    """Return a record with these of its references alone, in their order."""
    if len(kept) == len(record.references):
        return record
    return replace(record, references=tuple(record.references[at] for at in kept))


def _spoken_of_by_nobody(record: Record) -> list[int]:
    said = " ".join(said.words for said in record.conversation).casefold()
    return [
        at
        for at, reference in enumerate(record.references)
        if reference.name.casefold() not in said
    ]


def _first_behind(offsets: Sequence[tuple[int, int]], at: int, place: int) -> int:
    """Return the first token, from `at` on, whose last character is behind a place."""
    while at < len(offsets) and offsets[at][1] <= place:
        at += 1
    return at
