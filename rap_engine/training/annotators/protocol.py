"""Whoever says what a photo shows, so that records have words (paper, section 3.4: Gemini 1.5).

An annotator calls subjects by marks, `<1>` for the first one: names are thought of anew for each
record, so no answer may hold one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from rap_engine.errors import RapError
from rap_engine.types import Box

MARK: Final = re.compile(r"<(\d{1,2})>")


class NoAnnotation(RapError):
    """An annotator has no answer that can be used; the message says why."""

    code: ClassVar[str] = "no_annotation"


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody in a photo, whom an annotator calls by a mark.

    Attributes:
        category: The source's word for its kind: "dog".
        box: Where it is.
        info: What its owner tells of it, with its mark where its name was; "" for nothing.
        phrases: What the source says of it in this photo.
    """

    category: str
    box: Box
    info: str = ""
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sight:
    """What an annotator is shown.

    Attributes:
        photo: JPEG, PNG or WebP: a whole photo, or the crop of one subject.
        subjects: Who has a mark: the first is `<1>`.
        others: Categories of those in the photo that have none.
        captions: What the source says of the photo, with marks where names were.
        seed: Chooses among wordings, where somebody chooses; no part of what is seen.
    """

    photo: bytes
    subjects: tuple[Subject, ...]
    others: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a photo, and its answer."""

    question: str
    answer: str


class Annotator(Protocol):
    """Says what photos show.

    Raises, from each method:
        NoAnnotation: there is no answer that can be used; the record is left out.
        ServerError: nobody can be asked; the run ends.
    """

    @property
    def name(self) -> str:
        """Names it with its version: answers are kept under this name."""

    def describe(self, sight: Sight) -> str:
        """Describe the one subject in one or two sentences."""

    def caption(self, sight: Sight) -> str:
        """Return a caption of the photo that has the marks of all subjects, and no other."""

    def questions(self, sight: Sight) -> tuple[Asked, ...]:
        """Return questions about what the photo shows of its subjects, with their answers."""


def mark(number: int) -> str:
    """Return the mark of a subject, counted from 1."""
    return f"<{number}>"


def named(text: str, names: Sequence[str], *, are_marked: bool) -> str:
    """Return a text with names for its marks.

    Args:
        text: has marks of these names alone.
        names: of the subjects, in their order.
        are_marked: whether they stand in angle brackets, as in the words of RAP's records.
    """
    form = "<{}>" if are_marked else "{}"
    return MARK.sub(lambda found: form.format(names[int(found[1]) - 1]), text)
