"""A layout of our own for photos of concepts: `concepts.json`, and `images` beside it.

```
{"bunny_1": {"category": "rabbit", "name": "Professor Paws",
             "images": ["images/bunny_1/first.jpg", "images/bunny_1/asleep.jpg"],
             "kind": "Dutch Rabbit", "appearance": "Black and white ...", "features": ["..."]}}
```

The first photo introduces the concept. `name`, `kind`, `appearance` and `features` may be left out
or null. A photo shows its concept alone. Its box is the whole photo, or the one beside its file,
`{"file": "images/bunny_1/first.jpg", "box": [x1, y1, x2, y2]}`, in shares of the photo's sides.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rap_engine.training.errors import BadSource
from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.training.sources.files import PhotoFinder, first_of
from rap_engine.types import Box


class Concepts:
    """Scenes of concepts, which have no splits. An identity is a concept's id."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._file = first_of(folder, "concepts.json")

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        """Yield photos concept by concept, in the order of `concepts.json`.

        Raises:
            BadSource: that is no object of concepts.
        """
        finder = PhotoFinder(self.name, skips)
        for concept_id, told in self._concepts().items():
            where = f"{self._file}#{concept_id}"
            try:
                instance, images = _instance(concept_id, told), list(told["images"])
            except (KeyError, TypeError, ValueError) as error:
                skips.note(self.name, "broken_annotation", where, repr(error))
                continue
            for number, said in enumerate(images):
                try:
                    file, box = _file_and_box(said)
                except (KeyError, TypeError, ValueError) as error:
                    skips.note(self.name, "broken_annotation", f"{where}/{number}", repr(error))
                    continue
                if photo := finder.find(self._folder, file, where):
                    scene_id, shown = f"{concept_id}/{number}", replace(instance, box=box)
                    yield Scene(scene_id, photo.path, (shown,), is_introduction=number == 0)

    def _concepts(self) -> dict[str, Mapping[str, Any]]:
        # Written by hand or by a script, a line or so a concept: small beside its photos.
        try:
            said = json.loads(self._file.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise BadSource(f"{self._file}: {error}") from error
        if not isinstance(said, dict):
            raise BadSource(f"{self._file}: no object of concepts by their ids")
        return said


def _file_and_box(said: Any) -> tuple[Any, Box]:
    """Return a photo's file, as it was said, and where the concept is in it."""
    if not isinstance(said, dict):
        return said, Box.whole()
    return said["file"], Box(*map(float, said["box"]))


def _instance(concept_id: str, told: Mapping[str, Any]) -> Instance:
    category, features = told["category"], told.get("features") or []
    if not isinstance(category, str) or not all(isinstance(each, str) for each in features):
        raise TypeError("a category or a feature that is no text")
    sentences = (told.get("kind"), told.get("appearance"))
    return Instance(
        box=Box.whole(),
        category=category,
        identity=concept_id,
        name=str(told.get("name") or ""),
        info=" ".join(f"{str(each).rstrip('.')}." for each in sentences if each),
        phrases=tuple(features),
    )
