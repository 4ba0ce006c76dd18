"""Lessons with their pictures, one by one, as a loader's processes prepare them."""

from dataclasses import dataclass
from typing import Any

from rap_engine.errors import BadPhoto
from rap_engine.training.trainer.dialogue import pictures_of
from rap_engine.training.trainer.lessons import Lesson
from rap_engine.training.trainer.sights import Sight
from rap_engine.training.trainer.stored import StoredLessons


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A lesson and its pictures, as far as each can be prepared by itself."""

    lesson: Lesson
    pictures: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A lesson one of whose pictures cannot be read after all."""

    record: str
    reason: str


class Examples:
    """What a loader reads: some of the lessons, by their place among these.

    Args:
        lessons: all of them.
        chosen: which, in order.
        sight: prepares the pictures.
    """

    def __init__(self, lessons: StoredLessons, chosen: list[int], sight: Sight) -> None:
        self._lessons = lessons
        self._chosen = chosen
        self._sight = sight

    @property
    def lengths(self) -> list[int]:
        """Tokens of each."""
        return [self._lessons.lengths[at] for at in self._chosen]

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, at: int) -> Example | Unreadable:
        number = self._chosen[at]
        record = self._lessons.record(number)
        try:
            pictures = tuple(self._sight.look(path) for path in pictures_of(record))
        except (BadPhoto, OSError) as error:
            return Unreadable(record.id, str(error))
        return Example(self._lessons.lesson(number), pictures)
