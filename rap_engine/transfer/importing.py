"""Takes an archive's concepts into a person's list."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rap_engine.concept_text import NAME_LIMIT
from rap_engine.memory import Actor, Database, acting_as
from rap_engine.memory.concepts import NewView, add_concept, add_view, find_by_name
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
    """Takes archives in for one person, into one list.

    Attributes:
        renames: whether a concept whose name is taken gets another one, or is left out.
    """

    database: Database
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

    def take(self, source: Source, entry: Entry) -> None:
        """Take in a concept of one of our archives. Its views get keys by re-embedding."""
        key = (entry.export, entry.key)
        if not entry.export or key not in self._met:
            self._met[key] = self._begin(source, entry)
        elif (concept_id := self._met[key]) is not None:
            for picture in self._pictures(source, entry):
                self._add_view(concept_id, picture)

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
        concept_id = self._add_concept(name, entry, first)
        for picture in pictures:
            self._add_view(concept_id, picture)
        return concept_id

    def _pictures(self, source: Source, entry: Entry) -> Iterator[Picture]:
        for view in entry.views:
            try:
                yield read_view(source, view)
            except Refused as refused:
                self.tally.refused.append(refused)

    def _add_concept(self, name: str, entry: Entry, first: Picture) -> int:
        user_id = self.actor.user_id
        with self.database.transaction() as session, acting_as(session, self.actor):
            concept_id = add_concept(
                session, user_id, self.list_id, name, entry.info, entry.category
            )
            add_view(session, user_id, [self.list_id], concept_id, _view(first))
        self.tally.concepts += 1
        self.tally.views += 1
        return concept_id

    def _add_view(self, concept_id: int, picture: Picture) -> None:
        with self.database.transaction() as session, acting_as(session, self.actor):
            add_view(session, self.actor.user_id, [self.list_id], concept_id, _view(picture))
        self.tally.views += 1

    def _names(self, name: str) -> Iterator[str]:
        yield name
        if self.renames:
            for number in itertools.count(2):
                end = f" {number}"
                yield f"{name[: NAME_LIMIT - len(end)].rstrip()}{end}"

    def _is_free(self, name: str) -> bool:
        with self.database.transaction() as session, acting_as(session, self.actor):
            return find_by_name(session, [self.list_id], name) is None


def _view(picture: Picture) -> NewView:
    return NewView(picture.photo, picture.box, "", _NO_KEYS, picture.scene)
