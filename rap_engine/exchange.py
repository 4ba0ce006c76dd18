"""What goes into the engine and what comes out of it."""

from dataclasses import dataclass
from typing import Any, Self

from rap_engine.memory.conversations import ChatId, Provenance
from rap_engine.types import Box, Match


@dataclass(frozen=True, slots=True)
class Introduction:
    """A concept to remember, or with `concept_id` a further view of one. `photo` as it was sent.

    `list_id` takes a new concept; None is the list that is active by then.
    """

    name: str
    info: str
    category: str
    photo: bytes
    concept_id: int | None = None
    list_id: int | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a concept will be known by. `photo` is the crop, JPEG.

    With `asks_for_face` it shows the face of a person of whom nobody has agreed to face keys yet.
    """

    concept_id: int
    name: str
    category: str
    box: Box
    photo: bytes
    asks_for_face: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what `rapbot remember --json` prints."""
        return {
            "concept_id": self.concept_id,
            "name": self.name,
            "category": self.category,
            "box": [round(side, 4) for side in self.box.as_tuple()],
        }


@dataclass(frozen=True, slots=True)
class Question:
    """A question in a chat; "" about a photo asks for a caption. `photo` as it was sent."""

    chat: ChatId
    text: str
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A concept that was recognised in the photo."""

    name: str
    score: float
    box: Box

    @classmethod
    def of(cls, match: Match, name: str) -> Self:
        """Name a match."""
        return cls(name, match.score, match.region.box)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and what it rests on.

    `picture` is the photo with places drawn on it, JPEG. With `needs_photo` the question is about a
    photo and came without one.
    """

    text: str
    seen: tuple[Seen, ...]
    picture: bytes | None
    concept_ids: tuple[int, ...]
    made_by: Provenance
    timings_ms: dict[str, float]
    needs_photo: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what `rapbot ask --json` prints."""
        return {
            "answer": self.text,
            "matches": [
                {
                    "name": seen.name,
                    "score": round(seen.score, 4),
                    "box": [round(side, 4) for side in seen.box.as_tuple()],
                }
                for seen in self.seen
            ],
            "profile": self.made_by.profile,
            "generator": self.made_by.generator,
            "adapter": self.made_by.adapter,
            "timings_ms": self.timings_ms,
        }
