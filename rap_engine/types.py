"""The values that travel between Remember, Retrieve and Generate."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in a photo, normalised to 0..1, origin top left (paper, section 4.1)."""

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        if not (0.0 <= self.x1 < self.x2 <= 1.0 and 0.0 <= self.y1 < self.y2 <= 1.0):
            raise ValueError(f"not a box within 0..1: {self.as_tuple()}")

    @classmethod
    def whole(cls) -> Self:
        """Return the box of the whole photo."""
        return cls(0.0, 0.0, 1.0, 1.0)

    @property
    def area(self) -> float:
        """Share of the photo that the box covers, 0..1."""
        return (self.x2 - self.x1) * (self.y2 - self.y1)

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box, (x, y)."""
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def iou(self, other: "Box") -> float:
        """Intersection over union with another box, 0..1."""
        overlap = self.overlap(other)
        return overlap / (self.area + other.area - overlap)

    def overlap(self, other: "Box") -> float:
        """Share of the photo that both boxes cover, 0..1."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        return max(width, 0.0) * max(height, 0.0)

    def as_tuple(self) -> tuple[float, float, float, float]:
        """Return (x1, y1, x2, y2)."""
        return self.x1, self.y1, self.x2, self.y2


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a photo that is looked at.

    Attributes:
        box: Where it is.
        label: The detector's word for what it shows; None where nothing was detected, as with the
            whole photo and with what detections leave uncovered.
        confidence: The detector's, 0..1; 0 where nothing was detected.
    """

    box: Box
    label: str | None
    confidence: float

    @classmethod
    def whole(cls) -> Self:
        """Return the region that is always there."""
        return cls(Box.whole(), None, 0.0)

    @property
    def is_whole(self) -> bool:
        """Whether this is the whole photo, which says who is there but not where."""
        return self.label is None and self.box == Box.whole()

    @property
    def is_detection(self) -> bool:
        """Whether a detector found something here."""
        return self.label is not None


@dataclass(frozen=True, slots=True)
class Match:
    """A region with the concept it shows. `score` is a cosine, -1..1; higher is surer."""

    region: Region
    concept_id: int
    view_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who is in a photo. `ranking`: all near concepts, best first, whatever the cutoff says."""

    matches: tuple[Match, ...]
    ranking: tuple[int, ...]

    def among(self, known: Collection[int]) -> Self:
        """Leave out concepts that are not known: added while the photo was being looked at."""
        return type(self)(
            tuple(match for match in self.matches if match.concept_id in known),
            tuple(concept_id for concept_id in self.ranking if concept_id in known),
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """A concept that is handed to the generator.

    `name` is what questions call it, `shown_name` what answers call it: with the list that it is in
    where another list that the asker sees has the same name. `match` says where in the photo it is,
    None when it was only named in words. `photo` is its best view as JPEG.
    """

    concept_id: int
    name: str
    info: str
    category: str
    shown_name: str
    photo: bytes
    match: Match | None

    @property
    def names(self) -> tuple[str, str]:
        """Both names: a model's words may have either."""
        return self.name, self.shown_name
