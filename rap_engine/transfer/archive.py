"""One archive: a zip with a database of RAP's format, its photos, and conversations."""

import json
import zipfile
from dataclasses import dataclass, field
from typing import IO, Any

from rap_engine.transfer.rap_database import ArchivedConcept, ArchivedView

DATABASE = "database.json"
CONVERSATIONS = "conversations.json"
ABOUT = "about.json"
README = "README.txt"
FORMAT = "rapbot"
VERSION = 1
# A zip's own oldest date: the same content is the same file.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_OWNER_ONLY = 0o600 << 16
_EXPLANATION = """\
This is what you told and asked a rapbot.

database.json       the concepts that you told it about, in the format of RAP (Retrieval-Augmented
                    Personalization): name, info, category, and the photo that each is known by.
                    Those of a family or a group, with the photos that you added, have its title as
                    "list_title". Of a list that you are not in any more there are your photos
                    alone, as "Photos 0001" and so on.
photos/             the photos: the crop that a concept is known by and, as "...-scene.jpg", the
                    whole photo that it was cut out of. They have no metadata such as places.
conversations.json  what you asked, what it answered, when, and which models made the answer.
about.json          who you are to it, your lists and roles, what you agreed to.

If there are several files, each is complete in itself and has a part of all that.
Another rapbot takes them with: rapbot import FILE... (where there are several, all in one go).
Not in here, though it holds or held them: who changed what in your lists and when; messages as
they came, messages that it sent and work that is done, all of which it erases after some days;
concepts that have no photo of yours; embeddings and face keys, which are numbers computed from the
photos and can be made again; and what others added to lists that you share with them.
"""


@dataclass(slots=True)
class Archive:
    """A zip that is being written. `size`: bytes of its entries before they are compressed."""

    file: IO[bytes]
    concepts: dict[str, ArchivedConcept] = field(default_factory=dict)
    views: int = 0
    turns: list[str] = field(default_factory=list)
    size: int = 0
    _zip: zipfile.ZipFile = field(init=False)

    def __post_init__(self) -> None:
        self._zip = zipfile.ZipFile(self.file, "w", zipfile.ZIP_DEFLATED)
        self._add(README, _EXPLANATION.encode())

    def add_view(
        self, key: str, concept: ArchivedConcept, photo: bytes, scene: bytes | None
    ) -> None:
        """Add a photo of a concept, and the concept with its first one.

        Args:
            key: the concept's in the file.
            concept: with this one view; `image` is its photo.
            photo: the crop, JPEG.
            scene: the whole photo, where the view has one.
        """
        view = concept.views[0]
        self._add_jpeg(view.photo, photo)
        if view.scene is not None and scene is not None:
            self._add_jpeg(view.scene, scene)
        known = self.concepts.get(key)
        views = (*known.views, view) if known is not None else concept.views
        self.concepts[key] = (known or concept).model_copy(update={"views": views})
        self.views += 1
        self.size += len(concept.model_dump_json())

    def add_turn(self, turn: dict[str, Any]) -> None:
        """Add a question and its answer."""
        text = json.dumps(turn, ensure_ascii=False)
        self.turns.append(text)
        self.size += len(text.encode())

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added yet."""
        return not self.concepts and not self.turns

    def close(self, about: dict[str, Any]) -> None:
        """Write what describes the rest, and leave the file to be read from its start."""
        database = {
            "concept_dict": {key: one.model_dump() for key, one in self.concepts.items()},
            "path_to_concept": {one.image: key for key, one in self.concepts.items()},
        }
        self._add(DATABASE, _json(database))
        self._add(CONVERSATIONS, f"[{','.join(self.turns)}]\n".encode())
        self._add(ABOUT, _json({"format": FORMAT, "version": VERSION, **about}))
        self._zip.close()
        self.file.seek(0)

    def _add_jpeg(self, name: str, content: bytes) -> None:
        # It is compressed already.
        self._add(name, content, zipfile.ZIP_STORED)

    def _add(self, name: str, content: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
        entry = zipfile.ZipInfo(name, _NO_DATE)
        entry.external_attr = _OWNER_ONLY
        entry.compress_type = how
        self._zip.writestr(entry, content)
        self.size += len(content)


def archived_view(
    number: int, ordinal: int, box: tuple[float, float, float, float], *, has_scene: bool
) -> ArchivedView:
    """Return a view with the names of its files: numbers alone, nothing that people wrote."""
    stem = f"photos/{number:04d}-{ordinal:03d}"
    return ArchivedView(
        photo=f"{stem}.jpg", scene=f"{stem}-scene.jpg" if has_scene else None, box=box
    )


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"
