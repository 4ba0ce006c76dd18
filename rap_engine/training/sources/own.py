"""What people who agreed told this bot, as a folder: written from its database, read for training.

```
views.jsonl           a view a line, the first of a concept being how it was introduced
photos/0.jpg          its crop
photos/0-scene.jpg    the whole photo, where the crop is not all of it
```

`{"concept": "0", "name", "info", "category", "photo": "photos/0.jpg", "box": [x1, y1, x2, y2],
"scene": "photos/0-scene.jpg" or null, "exchanges": [{"question", "answer"}]}`. Nothing says whose
it is: concepts are numbered anew. The writing half is for the worker, and loads no model library.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rap_engine.checkpoints.files import disk_full_told
from rap_engine.naming import fold
from rap_engine.training.records import Record, RecordReference, Said
from rap_engine.training.records.reading import read_entries
from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.training.sources.files import PhotoFile, PhotoFinder, first_of
from rap_engine.types import Box

Rename = Callable[[Record, Collection[str]], Record | None]
"""Returns a record with another name for its reference, given everybody's names, folded.

None where a name would stay in it.
"""
_VIEWS: Final = "views.jsonl"
_PHOTOS: Final = "photos"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the answer it got."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class OwnView:
    """A photo that may be trained on, with what was told of whom it shows.

    Attributes:
        concept_id: Tells views of one concept from others; it is not written.
        photo: The crop, JPEG.
        box: Where in the scene the crop is.
        scene: The whole photo, JPEG; None where the crop is all of it.
        exchanges: Questions about this concept alone, with answers; on one of its views only.
    """

    concept_id: int
    name: str
    info: str
    category: str
    photo: bytes
    box: Box
    scene: bytes | None = None
    exchanges: tuple[Exchange, ...] = ()


def write_own(folder: Path, views: Iterable[OwnView]) -> int:
    """Write a folder, a view at a time; `views.jsonl` is there only when all is. Return how many.

    Only this system's user may open the folder. It must be gone again when the run is over.

    Raises:
        DiskFull: there is no room for it.
    """
    numbers: dict[int, int] = {}
    count = 0
    with disk_full_told():
        (folder / _PHOTOS).mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        part = folder / f"{_VIEWS}.part"
        with part.open("w", encoding="utf-8", errors="replace") as stream:
            for view in views:
                concept = numbers.setdefault(view.concept_id, len(numbers))
                stream.write(json.dumps(_written(folder, count, concept, view)) + "\n")
                count += 1
        part.replace(folder / _VIEWS)
    return count


def _written(folder: Path, number: int, concept: int, view: OwnView) -> dict[str, Any]:
    photo, scene = f"{_PHOTOS}/{number}.jpg", f"{_PHOTOS}/{number}-scene.jpg"
    (folder / photo).write_bytes(view.photo)
    if view.scene is not None:
        (folder / scene).write_bytes(view.scene)
    return {
        "concept": str(concept),
        "name": view.name,
        "info": view.info,
        "category": view.category,
        "photo": photo,
        "box": view.box.as_tuple(),
        "scene": None if view.scene is None else scene,
        "exchanges": [{"question": e.question, "answer": e.answer} for e in view.exchanges],
    }


class OwnViews:
    """What `write_own` wrote: scenes of the views, and records of the questions about them.

    The scenes have the names that people gave, and makers change them; the records are handed on as
    they are, so they are given other names here.
    """

    def __init__(self, name: str, folder: Path, rename: Rename) -> None:
        self.name = name
        self._folder = folder
        self._rename = rename
        self._file = first_of(folder, _VIEWS)

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        """Yield the views: the whole photo with its box where it is there, or else the crop."""
        finder = PhotoFinder(self.name, skips)
        introduced: set[str] = set()
        for where, told in self._views(skips):
            try:
                instance, photo = self._instance(finder, told, where)
            except (KeyError, TypeError, ValueError) as error:
                skips.note(self.name, "broken_annotation", where, repr(error))
                continue
            if photo is not None:
                concept = str(instance.identity)
                scene_id = f"{concept}/{photo.path.stem}"
                is_first = concept not in introduced
                introduced.add(concept)
                yield Scene(scene_id, photo.path, (instance,), is_introduction=is_first)

    def records(self, skips: Skips) -> Iterator[Record]:
        """Yield questions in words alone, with the view as the only reference.

        One in which somebody's own name would stay is passed over, and counted.
        """
        finder, names = PhotoFinder(self.name, skips), self._names()
        for where, told in self._views(skips):
            try:
                asked = self._asked(finder, told, where)
            except (KeyError, TypeError, ValueError) as error:
                skips.note(self.name, "broken_record", where, repr(error))
                continue
            for record in asked:
                other = self._rename(record, names)
                if other is None:
                    skips.note(self.name, "broken_record", where, "a name would stay in it")
                else:
                    yield other

    def _asked(self, finder: PhotoFinder, told: Mapping[str, Any], where: str) -> list[Record]:
        exchanges = [Exchange(e["question"], e["answer"]) for e in told["exchanges"]]
        crop = finder.find(self._folder, told["photo"], where) if exchanges else None
        if crop is None:
            return []
        path = str(crop.path.absolute())
        reference = RecordReference(path, told["name"], told["info"], told["category"])
        return [
            Record(
                f"{self.name}-{crop.path.stem}-{number}",
                "question",
                None,
                (Said("human", each.question), Said("gpt", each.answer)),
                (reference,),
            )
            for number, each in enumerate(exchanges)
        ]

    def _names(self) -> frozenset[str]:
        """Return everybody's names, folded."""
        views = (view for _, view in read_entries(self._file, lambda _where, _detail: None))
        names = (view.get("name") for view in views if isinstance(view, dict))
        return frozenset(fold(name) for name in names if isinstance(name, str))

    def _instance(
        self, finder: PhotoFinder, told: Mapping[str, Any], where: str
    ) -> tuple[Instance, PhotoFile | None]:
        box = Box.whole() if told["scene"] is None else Box(*told["box"])
        photo = finder.find(self._folder, told["scene"] or told["photo"], where, is_crop=True)
        instance = Instance(
            box, told["category"], str(told["concept"]), name=told["name"], info=told["info"]
        )
        return instance, photo

    def _views(self, skips: Skips) -> Iterator[tuple[str, Any]]:
        def told(where: str, detail: str) -> None:
            skips.note(self.name, "broken_annotation", where, detail)

        for number, view in read_entries(self._file, told):
            yield f"{self._file}#{number}", view
