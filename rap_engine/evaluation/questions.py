"""Whether a generator answers from what it was told (paper, section 4.2).

With options the letter counts, or the words of one option alone; without, the answer's words must
be in what is said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rap_engine.evaluation.asker import Asker
from rap_engine.evaluation.asking import answers_to
from rap_engine.evaluation.shares import mean, share
from rap_engine.evaluation.told import BLANK, LETTERS, ToldQuestion
from rap_engine.generate import Generator
from rap_engine.naming import find_mentions, fold

_LETTER: Final = (
    re.compile(r"\W*([A-Za-z])\W*"),  # "B", "(b)."
    re.compile(r"\W*([A-Z])[.):].*", re.DOTALL),  # "B. It is a dog"
    re.compile(
        r".*\b(?:answer|option|choice)\b(?: is)?\W*([A-Z])(?!\w).*", re.DOTALL | re.IGNORECASE
    ),
)
# A few words of an option may be in any answer.
_FEWEST_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A question that was answered wrongly."""

    question: str
    concept: str | None
    photo: str | None
    expected: str
    said: str


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """Shares of right answers, 0..1, None where there was no such question.

    Attributes:
        text: Of questions in words alone.
        visual: Of questions about a photo.
        mean: Of both kinds, or of the one that there is.
        is_derived: Whether the questions were made from infos by a template.
    """

    text: float | None
    visual: float | None
    mean: float | None
    texts: int
    visuals: int
    is_derived: bool
    mistakes: tuple[WrongAnswer, ...]

    def to_json(self) -> dict[str, Any]:
        """Return their JSON."""
        return {
            "text": self.text,
            "visual": self.visual,
            "mean": self.mean,
            "n": {"text": self.texts, "visual": self.visuals},
            "is_derived": self.is_derived,
            "mistakes": [
                {
                    "question": m.question,
                    "concept": m.concept,
                    "photo": m.photo,
                    "expected": m.expected,
                    "said": m.said,
                }
                for m in self.mistakes
            ],
        }


def measure_questions(
    generator: Generator, asker: Asker, questions: Sequence[ToldQuestion], *, is_derived: bool
) -> QuestionFigures:
    """Ask all questions."""
    # Rows with a photo and rows without are not read in one batch.
    in_order = sorted(questions, key=lambda each: each.photo is not None)
    said = answers_to(generator, (asker.question(each) for each in in_order))
    right = [is_answered(each, words) for each, words in zip(in_order, said, strict=True)]
    texts = [hit for each, hit in zip(in_order, right, strict=True) if each.photo is None]
    visuals = [hit for each, hit in zip(in_order, right, strict=True) if each.photo is not None]
    kinds = [each for each in (share(texts), share(visuals)) if each is not None]
    return QuestionFigures(
        text=share(texts),
        visual=share(visuals),
        mean=mean(*kinds),
        texts=len(texts),
        visuals=len(visuals),
        is_derived=is_derived,
        mistakes=tuple(
            _wrong(each, words)
            for each, words, hit in zip(in_order, said, right, strict=True)
            if not hit
        ),
    )


def is_answered(question: ToldQuestion, said: str) -> bool:
    """Whether an answer is right."""
    if question.options:
        return chosen(question.options, said) == question.answer
    return _is_said(question.answer, said)


def chosen(options: Sequence[str], said: str) -> str | None:
    """Return the letter that an answer chooses, None if it cannot be told."""
    letters = LETTERS[: len(options)]
    for form in _LETTER:
        found = form.fullmatch(said)
        if found is not None and found[1].upper() in letters:
            return found[1].upper()
    quoted = [
        letter
        for letter, option in zip(letters, options, strict=True)
        if any(_is_said(piece, said) for piece in _pieces(option))
    ]
    return quoted[0] if len(quoted) == 1 else None


def _pieces(option: str) -> list[str]:
    """Return what of an option an answer can quote: it knows the names that are blanked out."""
    pieces = [piece.strip() for piece in re.split(rf"{BLANK}|(?<=[.!?;])\s", option)]
    long = [piece for piece in pieces if len(piece.split()) >= _FEWEST_WORDS]
    return long or [option]


def _is_said(words: str, text: str) -> bool:
    bare = words.strip().rstrip(".!?;")
    return bool(find_mentions(fold(text), {0: bare}))


def _wrong(question: ToldQuestion, said: str) -> WrongAnswer:
    photo = None if question.photo is None else question.photo.name
    return WrongAnswer(question.question, question.concept, photo, question.answer, said)
