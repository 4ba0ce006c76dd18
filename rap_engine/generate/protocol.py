"""What every generator takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from PIL import Image

from rap_engine.types import Box, Reference, Region


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class LocatedName:
    """A name, or a stranger's kind ("dog"), with its place in the photo.

    Attributes:
        name: What is written beside the box.
        box: Where it is.
        concept_id: Whom the name stands for; None for a stranger.
        is_pointed: Whether the generator pointed there itself, having looked at the pixels; else
            the box is a region that was matched.
    """

    name: str
    box: Box
    concept_id: int | None = None
    is_pointed: bool = False


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
        is_small: Whether to make do with less memory: fewer references, a shorter answer.
    """

    question: str
    photo: Image.Image | None
    regions: tuple[Region, ...]
    references: tuple[Reference, ...]
    history: tuple[Turn, ...] = ()
    cutoff: float = 0.0
    is_small: bool = False


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

    @property
    def name(self) -> str: ...  # noqa: D102

    def generate(self, request: GenerationRequest) -> Generated:
        """Return the answer to the request's question."""
        ...


@runtime_checkable
class Adaptable(Protocol):
    """A generator whose adapter can be changed while its base stays loaded."""

    @property
    def adapter(self) -> str | None:
        """Name of the adapter in use; None for the base alone."""

    def use_adapter(self, folder: Path | None) -> None:
        """Answer with the adapter of this folder from now on, or with the base alone.

        Raises:
            BadAdapter: it is no adapter of this base, or not safetensors; the one in use stays.
        """


@runtime_checkable
class Closeable(Protocol):
    """A generator that holds something outside this process."""

    def close(self) -> None:
        """Let go of it; the generator answers no more."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A region's crop and the reference that it may show."""

    crop: Image.Image
    reference: Reference


@runtime_checkable
class Verifier(Protocol):
    """A generator that can be asked whether two photos show the same individual."""

    def same(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the log odds of yes against no of each pair."""
