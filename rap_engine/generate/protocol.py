"""What every generator takes and gives."""

from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from rap_engine.types import Box, Reference, Region


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class LocatedName:
    """A name, or a stranger's kind ("dog"), with its place in the photo."""

    name: str
    box: Box


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """A question with all that was retrieved for it.

    Attributes:
        question: What the person asks; "" asks for a caption.
        photo: The photo that the question is about, None for a question in words alone.
        regions: What the detector saw, the whole photo included; () without a photo.
        references: Concepts named in the words first, then matched ones, then those that
            the conversation spoke of before. `match` is None where the photo shows none.
        history: Earlier turns, oldest first.
        cutoff: The score that a match had to reach, on the scale of `Match.score`.
    """

    question: str
    photo: Image.Image | None
    regions: tuple[Region, ...]
    references: tuple[Reference, ...]
    history: tuple[Turn, ...] = ()
    cutoff: float = 0.0


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer.

    Attributes:
        text: What to say.
        boxes: What the answer speaks of as a place, () for any other question.
        needs_photo: The question is about a photo, and there is none.
    """

    text: str
    boxes: tuple[LocatedName, ...] = ()
    needs_photo: bool = False


class Generator(Protocol):
    """Turns a request into an answer."""

    name: str

    def generate(self, request: GenerationRequest) -> Generated:
        """Return the answer to the request's question."""
        ...
