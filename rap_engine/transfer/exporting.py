"""Packs all that is held of a person into archives, none larger than a chat carries with ease."""

import itertools
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from sqlalchemy.orm import Session

from rap_engine.transfer import holdings
from rap_engine.transfer.archive import Archive, archived_view
from rap_engine.transfer.holdings import HeldConcept, HeldView
from rap_engine.transfer.rap_database import ArchivedConcept

PART_BYTES = 10_000_000
"""Bots send files of up to 50 MB. But a part is in memory while it is sent, four at once maybe."""


@dataclass(frozen=True, slots=True)
class Part:
    """A complete archive, to be read before the next one is asked for; it is gone then."""

    number: int
    file: IO[bytes]
    concepts: int
    views: int
    turns: int


def export_person(
    session: Session, user_id: int, now: datetime, part_bytes: int = PART_BYTES
) -> Iterator[Part]:
    """Yield archives of a person, at least one, each in a temporary file.

    Args:
        session: the system's own.
        user_id: whose.
        now: written into the archives.
        part_bytes: how large their entries together may be; a photo that is larger is alone.
    """
    about = {
        "made_at": now.isoformat(),
        "export": uuid.uuid4().hex,
        **holdings.person(session, user_id),
    }
    packer = _Packer(about, part_bytes)
    try:
        yield from _pack(session, user_id, packer)
    finally:
        packer.close()


def _pack(session: Session, user_id: int, packer: "_Packer") -> Iterator[Part]:
    keys: set[str] = set()
    for number, concept in enumerate(holdings.concepts(session, user_id), start=1):
        # The photos have the same number.
        name = concept.name or f"Photos {number:04d}"
        key = _key(keys, name)
        for ordinal, view in enumerate(holdings.views(session, user_id, concept), start=1):
            yield from packer.make_room(len(view.photo) + len(view.scene or b""))
            packer.archive.add_view(
                key, _archived(concept, name, view, number, ordinal), view.photo, view.scene
            )
    for turn in holdings.turns(session, user_id):
        yield from packer.make_room(len(turn["question"]) + len(turn["answer"]))
        packer.archive.add_turn(turn)
    yield packer.finish(is_last=True)


@dataclass(slots=True)
class _Packer:
    about: dict[str, Any]
    part_bytes: int
    number: int = 1
    archive: Archive = field(init=False)
    _finished: IO[bytes] | None = None

    def __post_init__(self) -> None:
        self.archive = _new()

    def make_room(self, size: int) -> Iterator[Part]:
        """Yield the archive that is full, if it is, and begin another."""
        if self.archive.is_empty or self.archive.size + size <= self.part_bytes:
            return
        yield self.finish(is_last=False)
        self.close()
        self.number += 1
        self.archive = _new()

    def finish(self, *, is_last: bool) -> Part:
        """Return the archive, complete."""
        archive = self.archive
        archive.close({**self.about, "part": self.number, "is_last": is_last})
        return Part(
            number=self.number,
            file=archive.file,
            concepts=len(archive.concepts),
            views=archive.views,
            turns=len(archive.turns),
        )

    def close(self) -> None:
        """Let go of the archive's file."""
        self.archive.file.close()


def _new() -> Archive:
    return Archive(tempfile.TemporaryFile(prefix="rapbot-export-"))


def _key(taken: set[str], name: str) -> str:
    """Return RAP's way of writing a name, with a number where two lists have the same one."""
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    key = next(key for key in itertools.chain([name], numbered) if key not in taken)
    taken.add(key)
    return f"<{key}>"


def _archived(
    concept: HeldConcept, name: str, view: HeldView, number: int, ordinal: int
) -> ArchivedConcept:
    archived = archived_view(number, ordinal, view.box, has_scene=view.scene is not None)
    return ArchivedConcept(
        name=name,
        image=archived.photo,
        info=concept.info,
        category=concept.category,
        list_title="" if concept.is_own else concept.list_title,
        views=(archived,),
    )
