"""Takes an archive's concepts into a person's list."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy.orm import Session

from config import Settings
from rap_engine.concept_text import NAME_LIMIT
from rap_engine.errors import QuotaExceeded
from rap_engine.memory import Actor, Database, acting_as
from rap_engine.memory.concepts import NewView, add_concept, add_view, find_by_name
from rap_engine.memory.usage import check_room
from rap_engine.transfer.errors import Refused
from rap_engine.transfer.reading import Entry, Picture, read_view
from rap_engine.transfer.sources import Source

_NO_KEYS = np.empty((0, 0), np.float32)


@dataclass(slots=True)
class Tally:
    """What came of an import."""

    concepts: int = 0
    views: int = 0
    renamed: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


@dataclass(slots=True)
class Importer:
    """Takes archives in for one person, into one list, as far as it has room.

    Attributes:
        renames: whether a concept whose name is taken gets another one, or is left out.
    """

    database: Database
    settings: Settings
    actor: Actor
    list_id: int
    renames: bool
    tally: Tally = field(default_factory=Tally)
    _met: dict[tuple[str, str], int | None] = field(default_factory=dict)

    def name_for(self, entry: Entry) -> str | None:
        """Return what a new concept will be called; None if it is left out, which is noted."""
        name = next((name for name in self._names(entry.name) if self._is_free(name)), None)
        if name is None:
            self.tally.skipped.append(entry.name)
        elif name != entry.name:
            self.tally.renamed.append((entry.name, name))
        return name

    def has_room_for(self, entry: Entry, photo: bytes) -> bool:
        """Say whether the list has room for one more concept with a photo; note it if not."""
        try:
            with self.database.transaction() as session, acting_as(session, self.actor):
                check_room(session, self.settings, self.list_id, 1, len(photo))
        except QuotaExceeded as error:
            self.tally.refused.append(Refused(entry.key, _no_room(error)))
            return False
        return True

    def take(self, source: Source, entry: Entry) -> None:
        """Take in a concept of one of our archives. Its views get keys by re-embedding."""
        key = (entry.export, entry.key)
        if not entry.export or key not in self._met:
            self._met[key] = self._begin(source, entry)
        elif (concept_id := self._met[key]) is not None:
            self._add_views(concept_id, self._pictures(source, entry), entry)

    def _begin(self, source: Source, entry: Entry) -> int | None:
        """Add a new concept with its views, and return its id; None if it is left out."""
        name = self.name_for(entry)
        if name is None:
            return None
        pictures = self._pictures(source, entry)
        first = next(pictures, None)
        if first is None:
            self.tally.refused.append(Refused(entry.key, "none of its photos can be used"))
            return None
        try:
            concept_id = self._add_concept(name, entry, first)
        except QuotaExceeded as error:
            self.tally.refused.append(Refused(entry.key, _no_room(error)))
            return None
        self._add_views(concept_id, pictures, entry)
        return concept_id

    def _pictures(self, source: Source, entry: Entry) -> Iterator[Picture]:
        met: set[str] = set()
        for view in entry.views:
            # A photo that is named ten thousand times would take its room as often.
            if view.photo in met:
                self.tally.refused.append(Refused(view.photo, "the concept has it already"))
                continue
            met.add(view.photo)
            try:
                yield read_view(source, view)
            except Refused as refused:
                self.tally.refused.append(refused)

    def _add_concept(self, name: str, entry: Entry, first: Picture) -> int:
        user_id, view = self.actor.user_id, _view(first)
        with self.database.transaction() as session, acting_as(session, self.actor):
            self._check_room(session, 1, view)
            concept_id = add_concept(
                session, user_id, self.list_id, name, entry.info, entry.category
            )
            add_view(session, user_id, [self.list_id], concept_id, view)
        self.tally.concepts += 1
        self.tally.views += 1
        return concept_id

    def _add_views(self, concept_id: int, pictures: Iterator[Picture], entry: Entry) -> None:
        try:
            for picture in pictures:
                self._add_view(concept_id, picture)
        except QuotaExceeded as error:
            self.tally.refused.append(Refused(entry.key, _no_room(error)))

    def _add_view(self, concept_id: int, picture: Picture) -> None:
        view = _view(picture)
        with self.database.transaction() as session, acting_as(session, self.actor):
            self._check_room(session, 0, view)
            add_view(session, self.actor.user_id, [self.list_id], concept_id, view)
        self.tally.views += 1

    def _check_room(self, session: Session, concepts: int, view: NewView) -> None:
        size = len(view.photo) + len(view.scene or b"")
        check_room(session, self.settings, self.list_id, concepts, size)

    def _names(self, name: str) -> Iterator[str]:
        yield name
        if self.renames:
            for number in itertools.count(2):
                end = f" {number}"
                yield f"{name[: NAME_LIMIT - len(end)].rstrip()}{end}"

    def _is_free(self, name: str) -> bool:
        with self.database.transaction() as session, acting_as(session, self.actor):
            return find_by_name(session, [self.list_id], name) is None


def _no_room(error: QuotaExceeded) -> str:
    of = "MB of photos" if error.reason == "storage" else "concepts"
    return f"the list has no room for it: it can hold {error.params['most']} {of}"


def _view(picture: Picture) -> NewView:
    return NewView(picture.photo, picture.box, "", _NO_KEYS, picture.scene)
