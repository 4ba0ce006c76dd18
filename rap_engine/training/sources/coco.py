"""Annotations in COCO's own form, of any size: `{images, annotations, categories}`.

The boxes of a photo stand anywhere in the file, so that it cannot be read photo by photo. It is
streamed once into packed numbers, 44 bytes a box and some 70 a photo, and half as much again while
they are put in order: about 2 GB for the 30 million boxes of Objects365, where parsed JSON would
take tens.
"""

import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rap_engine.training.errors import BadSource
from rap_engine.training.records.json_stream import BrokenJson, read_arrays
from rap_engine.training.skips import Skips
from rap_engine.training.sources.boxes import category_word, pixel_box
from rap_engine.types import Box

_KEYS = ("images", "annotations", "categories")
_IMAGE = struct.Struct("<qiiq")
_IMAGE_TYPE = np.dtype([("id", "<i8"), ("width", "<i4"), ("height", "<i4"), ("name_end", "<i8")])
_BOX = struct.Struct("<qqiq4f")
_BOX_TYPE = np.dtype(
    [("id", "<i8"), ("image", "<i8"), ("category", "<i4"), ("track", "<i8"), ("px", "<f4", 4)]
)
_NOT_AN_ENTRY = (KeyError, TypeError, ValueError, AttributeError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class CocoImage:
    """A photo as the file tells of it."""

    id: int
    file_name: str


@dataclass(frozen=True, slots=True)
class CocoBox:
    """An annotation: its own id, what it shows, where, and in videos the track that it is of."""

    id: int
    category: str
    box: Box
    track: int | None


@dataclass(slots=True)
class _Columns:
    """What was read so far, packed."""

    images: bytearray = field(default_factory=bytearray)
    names: bytearray = field(default_factory=bytearray)
    boxes: bytearray = field(default_factory=bytearray)
    categories: dict[int, str] = field(default_factory=dict)

    def add(self, key: str, entry: Mapping[str, Any]) -> None:
        """Take an entry; one that raises leaves nothing behind."""
        match key:
            case "images":
                name = str(entry["file_name"]).encode()
                numbers = [int(entry[key]) for key in ("id", "width", "height")]
                self.images += _IMAGE.pack(*numbers, len(self.names) + len(name))
                self.names += name
            # A crowd is nobody in particular.
            case "annotations" if not entry.get("iscrowd"):
                x, y, width, height = entry["bbox"]
                numbers = [int(entry[key]) for key in ("id", "image_id", "category_id")]
                track = int(entry.get("track_id", -1))
                self.boxes += _BOX.pack(*numbers, track, x, y, width, height)
            case "categories":
                word = category_word(entry["name"])
                self.categories[int(entry["id"])] = word
                # TAO has one category twice where LVIS did.
                for same in entry.get("merged") or ():
                    self.categories[int(same["id"])] = word


class CocoIndex:
    """A file's photos in its order, each with its boxes in theirs."""

    def __init__(self, file: Path, source: str, skips: Skips, columns: _Columns) -> None:
        self._file = file
        self._source = source
        self._skips = skips
        self._categories = columns.categories
        self._names = columns.names
        self._images = np.frombuffer(columns.images, _IMAGE_TYPE)
        self._boxes = np.frombuffer(columns.boxes, _BOX_TYPE)

    @classmethod
    def read(cls, file: Path, source: str, skips: Skips) -> Self:
        """Stream a file, and note what is broken in it.

        Raises:
            BadSource: it has no images.
        """
        columns = _Columns()
        numbers: Counter[str] = Counter()
        try:
            for key, entry in read_arrays(file, _KEYS):
                try:
                    columns.add(key, entry)
                except _NOT_AN_ENTRY as error:
                    where = f"{file}#{key}[{numbers[key]}]"
                    skips.note(source, "broken_annotation", where, repr(error))
                numbers[key] += 1
        except BrokenJson as error:
            where = f"{file}#{numbers.total()}"
            skips.note(source, "broken_annotation", where, str(error))
        except OSError as error:
            raise BadSource(f"{file}: {error.strerror}") from error
        if not columns.images:
            raise BadSource(f"{file}: has no images, so it is not in COCO's form")
        return cls(file, source, skips, columns)

    def photos(self) -> Iterator[tuple[CocoImage, list[CocoBox]]]:
        """Yield the photos that have boxes; broken boxes are noted and left out."""
        rows, ends = self._rows_by_image()
        start = name_start = 0
        for image, end in zip(self._images, ends.tolist(), strict=True):
            image_id, width, height, name_end = image.tolist()
            found = (self._box(row, (width, height)) for row in rows[start:end].tolist())
            if boxes := [box for box in found if box is not None]:
                yield CocoImage(image_id, self._names[name_start:name_end].decode()), boxes
            start, name_start = end, name_end

    def _rows_by_image(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the boxes' rows in the order of their images, and where each image's rows end."""
        ids, wanted = self._images["id"], self._boxes["image"]
        sorter = np.argsort(ids, kind="stable")
        found = np.searchsorted(ids, wanted, sorter=sorter)
        numbers = sorter[found.clip(max=len(ids) - 1)]
        is_known = ids[numbers] == wanted
        for row in np.flatnonzero(~is_known).tolist():
            self._note(row, f"of image {wanted[row]}, which there is not")
        rows = np.flatnonzero(is_known)
        rows = rows[np.argsort(numbers[rows], kind="stable")]
        return rows, np.searchsorted(numbers[rows], np.arange(len(ids)), side="right")

    def _box(self, row: int, sides: tuple[int, int]) -> CocoBox | None:
        box_id, _, category, track, (x, y, width, height) = self._boxes[row].tolist()
        if category not in self._categories:
            self._note(row, f"of category {category}, which there is not")
            return None
        try:
            box = pixel_box(x, y, width, height, sides)
        except ValueError as error:
            self._note(row, str(error))
            return None
        return CocoBox(box_id, self._categories[category], box, None if track < 0 else track)

    def _note(self, row: int, detail: str) -> None:
        where = f"{self._file}#annotation {self._boxes[row]['id']}"
        self._skips.note(self._source, "broken_annotation", where, detail)
