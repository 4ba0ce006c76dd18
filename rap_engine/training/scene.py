"""Annotated photos, as every source is read: the one form that record makers know."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from rap_engine.training.skips import Skips
from rap_engine.types import Box


@dataclass(frozen=True, slots=True)
class Instance:
    """One individual in a photo.

    Attributes:
        box: Where it is.
        category: The source's word for its kind: "dog", "person".
        identity: What tells this individual from all others of the source, the same in each photo
            of it (a track, a person's number, a concept's folder); None where photos of it cannot
            be told to be of one individual.
        name: What it is called, "" where the source says nothing; makers then think of a name.
        info: What its owner tells of it, "" where the source says nothing.
        phrases: What the source says of it in this photo: referring expressions, attributes.
        is_detected: Whether a detector found the box. Good enough to crop, it teaches no places.
    """

    box: Box
    category: str
    identity: str | None = None
    name: str = ""
    info: str = ""
    phrases: tuple[str, ...] = ()
    is_detected: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A photo with the individuals that were annotated in it.

    Attributes:
        id: Names it among all scenes of its source.
        photo: Its file.
        instances: Whom it shows; each has a box.
        captions: What the source says of the whole photo.
        is_introduction: Whether it is the photo with which its one individual was introduced.
    """

    id: str
    photo: Path
    instances: tuple[Instance, ...]
    captions: tuple[str, ...] = ()
    is_introduction: bool = False


@runtime_checkable
class SceneSource(Protocol):
    """A data set on disk, in the layout of its publishers."""

    @property
    def name(self) -> str:
        """The data set's name, which begins the ids of its records."""

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        """Yield its scenes in a fixed order, few in memory at a time.

        Args:
            skips: told of each missing file, broken annotation and unreadable photo passed over.

        Raises:
            BadSource: there is nothing of this layout at all.
        """
