"""CustomConcept101 (github.com/adobe-research/custom-diffusion): 101 concepts, 3 to 15 photos each.

`dataset.json` names each concept's folder below `benchmark_dataset` and its category; there are no
boxes, and a photo shows its concept large: its box is the whole photo.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rap_engine.training.errors import BadSource
from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.training.sources.files import PhotoFinder, first_of, inside
from rap_engine.types import Box


class CustomConcept101:
    """Scenes of CustomConcept101, which has no splits. An identity is a concept's folder."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._file = first_of(folder, "dataset.json")
        first_of(folder, "benchmark_dataset")

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        """Yield photos concept by concept, in the order of `dataset.json`.

        Raises:
            BadSource: that is no list of concepts.
        """
        for number, entry in enumerate(self._entries()):
            where = f"{self._file}#{number}"
            try:
                said, category = entry["instance_data_dir"], str(entry["class_prompt"])
                photos = inside(self._folder, said)
            except (KeyError, TypeError, ValueError) as error:
                skips.note(self.name, "broken_annotation", where, repr(error))
                continue
            if not photos.is_dir():
                skips.note(self.name, "missing_file", str(photos))
                continue
            yield from self._concept(photos, category, PhotoFinder(self.name, skips))

    def _concept(self, folder: Path, category: str, finder: PhotoFinder) -> Iterator[Scene]:
        for file in sorted(folder.iterdir()):
            if file.is_file() and (photo := finder.look(file)):
                instance = Instance(Box.whole(), category, folder.name)
                yield Scene(f"{folder.name}/{file.name}", photo.path, (instance,))

    def _entries(self) -> list[Mapping[str, Any]]:
        # 101 entries: no need to stream them.
        try:
            said = json.loads(self._file.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise BadSource(f"{self._file}: {error}") from error
        if not isinstance(said, list):
            raise BadSource(f"{self._file}: no list of concepts")
        return said
