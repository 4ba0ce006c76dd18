"""CelebA (mmlab.ie.cuhk.edu.hk/projects/CelebA.html): faces of 10,177 people.

Four tables of text, a line a photo. They are held as dictionaries of one split, 163 thousand rows
of `train`: some 100 MB. Boxes are of the photos as they were found (`img_celeba`); of the aligned
ones (`img_align_celeba`) a face is all there is.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rap_engine.training.errors import BadSource
from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.training.sources.boxes import pixel_box
from rap_engine.training.sources.files import PhotoFile, PhotoFinder, first_of
from rap_engine.types import Box

_PARTITIONS: Final = {"train": "0", "val": "1", "valid": "1", "test": "2"}
_PHRASES: Final = {
    "Bald": "bald",
    "Bangs": "with bangs",
    "Black_Hair": "with black hair",
    "Blond_Hair": "with blond hair",
    "Brown_Hair": "with brown hair",
    "Eyeglasses": "wearing eyeglasses",
    "Goatee": "with a goatee",
    "Gray_Hair": "with gray hair",
    "Mustache": "with a mustache",
    "Smiling": "smiling",
    "Straight_Hair": "with straight hair",
    "Wavy_Hair": "with wavy hair",
    "Wearing_Earrings": "wearing earrings",
    "Wearing_Hat": "wearing a hat",
    "Wearing_Lipstick": "wearing lipstick",
    "Wearing_Necklace": "wearing a necklace",
    "Wearing_Necktie": "wearing a necktie",
}
"""The attributes that can be seen and said to somebody's face. The other 23 are left out."""


class CelebA:
    """Scenes of CelebA: one person each. An identity is a person's number."""

    def __init__(self, name: str, folder: Path, split: str) -> None:
        self.name = name
        if split not in _PARTITIONS:
            raise BadSource(f"{folder}: CelebA has no split {split!r}, but train, val and test")
        self._partition = _PARTITIONS[split]
        self._identities = _table(folder, "identity_CelebA.txt")
        self._attributes = _table(folder, "list_attr_celeba.txt")
        self._boxes = _table(folder, "list_bbox_celeba.txt")
        self._partitions = _table(folder, "list_eval_partition.txt")
        self._photos = first_of(
            folder,
            *("Img/img_celeba", "img_celeba", "Img/img_align_celeba", "img_align_celeba"),
        )
        self._is_aligned = self._photos.name == "img_align_celeba"

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        """Yield the split's photos in the order of the partition's table."""
        files = [file for file, cells in _rows(self._partitions) if cells == [self._partition]]
        wanted = frozenset(files)
        people = {file: cells for file, cells in _rows(self._identities) if file in wanted}
        boxes = {file: cells for file, cells in _rows(self._boxes) if file in wanted}
        attributes = self._phrases(wanted)
        finder = PhotoFinder(self.name, skips)
        for file in files:
            photo = finder.find(self._photos, file, f"{self._partitions}#{file}")
            if photo is None:
                continue
            if len(people.get(file, [])) != 1:
                skips.note(self.name, "broken_annotation", f"{self._identities}#{file}")
                continue
            try:
                box = self._box(boxes.get(file, []), photo)
            except ValueError as error:
                where = f"{self._boxes}#{file}"
                skips.note(self.name, "broken_annotation", where, str(error))
                continue
            identity, phrases = f"person-{people[file][0]}", attributes.get(file, ())
            instance = Instance(box, "person", identity, phrases=phrases)
            yield Scene(file, photo.path, (instance,))

    def _box(self, cells: list[str], photo: PhotoFile) -> Box:
        if self._is_aligned:
            return Box.whole()
        x, y, width, height = (int(cell) for cell in cells)
        return pixel_box(x, y, width, height, (photo.width, photo.height))

    def _phrases(self, wanted: frozenset[str]) -> dict[str, tuple[str, ...]]:
        rows = _rows(self._attributes)
        next(rows, None)  # how many photos there are
        first, rest = next(rows, ("", []))
        names = [first, *rest]
        phrases: dict[str, tuple[str, ...]] = {}
        # The same combination is kept once, however many faces have it.
        kept: dict[tuple[str, ...], tuple[str, ...]] = {}
        for file, cells in rows:
            if file in wanted:
                told = tuple(
                    _PHRASES[name]
                    for name, cell in zip(names, cells, strict=False)
                    if cell == "1" and name in _PHRASES
                )
                phrases[file] = kept.setdefault(told, told)
        return phrases


def _table(folder: Path, name: str) -> Path:
    return first_of(folder, name, f"Anno/{name}", f"Eval/{name}")


def _rows(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the lines of a table, split at spaces: a file's name, and what is said of it."""
    with file.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            first, *rest = line.split() or [""]
            yield first, rest
