"""Reads what an archive says, piece by piece: one that cannot be used leaves the others usable."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from rap_engine import images
from rap_engine.concept_text import clean_category, clean_info, clean_name
from rap_engine.errors import BadInput, BadPhoto
from rap_engine.retrieve.study import SCENE_SIDE_PX
from rap_engine.transfer.archive import ABOUT, DATABASE
from rap_engine.transfer.errors import BadArchive, Refused
from rap_engine.transfer.rap_database import ArchivedConcept, ArchivedView
from rap_engine.transfer.sources import Source
from rap_engine.types import Box

MOST_CONCEPTS = 10_000
_MOST_JSON_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A concept of an archive, its texts clean.

    `key` is the concept's in the file, and `export` the archive's: the parts of one export have the
    same, and so a concept may go on in the next part. It is "" for a database of others.
    """

    key: str
    export: str
    name: str
    info: str
    category: str
    image: str
    views: tuple[ArchivedView, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A view's photos, decoded and written anew: JPEG without metadata."""

    photo: bytes
    scene: bytes | None
    box: Box


def read_entries(source: Source) -> Iterator[Entry | Refused]:
    """Yield the concepts of an archive, and what cannot be one.

    Raises:
        BadArchive: it has no database of RAP's format.
    """
    export = _export_of(source)
    for key, raw in _concepts_of(source).items():
        try:
            yield _entry(key, export, raw)
        except Refused as refused:
            yield refused


def read_view(source: Source, view: ArchivedView) -> Picture:
    """Return the photos of a view.

    Raises:
        Refused: one of them cannot be used.
    """
    scene = None
    if view.scene is not None:
        scene = _decoded(source, view.scene, SCENE_SIDE_PX)
    photo = _decoded(source, view.photo, images.VIEW_SIDE_PX)
    try:
        return Picture(photo, scene, Box(*view.box))
    except ValueError as error:
        raise Refused(view.photo, "its box is not one") from error


def read_photo(source: Source, name: str) -> bytes:
    """Return a whole photo as it is, once its header was checked.

    Raises:
        Refused: it cannot be used.
    """
    content = source.read(name, images.MOST_BYTES)
    try:
        images.inspect(content)
    except BadPhoto as error:
        raise Refused(name, _reason(error)) from error
    return content


def _decoded(source: Source, name: str, side_px: int) -> bytes:
    content = source.read(name, images.MOST_BYTES)
    try:
        # A crop that we made may be small.
        image = images.open_photo(content, smallest_side_px=1)
    except BadPhoto as error:
        raise Refused(name, _reason(error)) from error
    image.thumbnail((side_px, side_px))
    return images.to_jpeg(image)


def _export_of(source: Source) -> str:
    try:
        about = _json(source, ABOUT)
    except (Refused, BadArchive):
        return ""
    export = about.get("export") if isinstance(about, dict) else None
    return export if isinstance(export, str) else ""


def _concepts_of(source: Source) -> dict[str, Any]:
    try:
        database = _json(source, DATABASE)
    except Refused as error:
        raise BadArchive(f"{error.path}: {error.reason}") from error
    concepts = database.get("concept_dict") if isinstance(database, dict) else None
    if not isinstance(concepts, dict):
        raise BadArchive(f"{DATABASE} has no concept_dict, as RAP's format has.")
    if len(concepts) > MOST_CONCEPTS:
        raise BadArchive(f"{DATABASE} has more than {MOST_CONCEPTS:,} concepts.")
    return concepts


def _json(source: Source, name: str) -> Any:
    content = source.read(name, _MOST_JSON_BYTES)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused(name, "it is not JSON that can be read") from error


def _entry(key: str, export: str, raw: Any) -> Entry:
    try:
        concept = ArchivedConcept.model_validate(raw)
        return Entry(
            key=key,
            export=export,
            name=clean_name(concept.name),
            info=clean_info(concept.info),
            category=clean_category(concept.category) if concept.category else "",
            image=concept.image,
            views=concept.views,
        )
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise Refused(key, f"it is not a concept of RAP's format ({where})") from error
    except BadInput as error:
        raise Refused(key, _reason(error)) from error


def _reason(error: BadInput) -> str:
    """Return the catalogue's code of why, which whoever shows it has words for."""
    return f"{error.code}.{getattr(error, 'reason', '')}"
