"""What a model wrote, checked before it becomes a record: its form, its marks, its characters."""

import json
import re
from collections.abc import Sequence
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rap_engine.concept_text import defuse
from rap_engine.training.annotators.protocol import MARK, NoAnnotation

LONGEST_TEXT: Final = 600
MOST_QUESTIONS: Final = 8
_OBJECT: Final = re.compile(r"\{.*\}", re.DOTALL)
_NOBODY: Final = "somebody"

Form = TypeVar("Form", bound="Written")


class Written(BaseModel):
    """A JSON answer. Fields that nobody asked for are passed over."""

    model_config = ConfigDict(frozen=True)


class WrittenInfo(Written):
    """A description."""

    info: str = Field(min_length=1, max_length=LONGEST_TEXT)


class WrittenCaption(Written):
    """A caption."""

    caption: str = Field(min_length=1, max_length=LONGEST_TEXT)


class WrittenPair(Written):
    """A question with its answer."""

    question: str = Field(min_length=1, max_length=LONGEST_TEXT)
    answer: str = Field(min_length=1, max_length=LONGEST_TEXT)


class WrittenQuestions(Written):
    """Questions with their answers."""

    questions: tuple[WrittenPair, ...] = Field(min_length=1, max_length=MOST_QUESTIONS)


def read_written(text: str, form: type[Form]) -> Form:
    """Read the JSON object in a model's answer, whatever stands around it.

    Raises:
        NoAnnotation: there is none, or it is of another form.
    """
    found = _OBJECT.search(text)
    if found is None:
        raise NoAnnotation("the answer has no JSON object")
    try:
        return form.model_validate(json.loads(found[0]))
    except (ValidationError, ValueError, RecursionError) as error:
        raise NoAnnotation(
            f"the answer is not of the form asked for ({type(error).__name__})"
        ) from error


def checked(text: str, subjects: int, *, names: Sequence[int] = ()) -> str:
    """Return a text that a record can hold.

    Args:
        text: as it was written.
        subjects: how many marks are known.
        names: the marks that it must have.

    Raises:
        NoAnnotation: an unknown or a missing mark, or words that a prompt uses itself.
    """
    plain = " ".join(text.split())
    said = {int(found) for found in MARK.findall(plain)}
    if said - set(range(1, subjects + 1)):
        raise NoAnnotation("the answer speaks of somebody who has no mark")
    if set(names) - said:
        raise NoAnnotation("the answer leaves somebody out")
    bare = MARK.sub(_NOBODY, plain)
    if "<" in bare or ">" in bare or defuse(bare) != bare or not bare:
        raise NoAnnotation("the answer has words or characters that a prompt uses itself")
    return plain
