"""What can go wrong between a request and a model."""

from typing import ClassVar

from rap_engine.errors import BadInput, RapError


class QuestionTooLong(BadInput):
    """The question fills the model's context even without references and earlier turns."""

    code: ClassVar[str] = "question_fills_context"


class PicturesMisplaced(RapError):
    """A rendered prompt has more or fewer places for pictures than there are pictures."""
