"""TAO, Tracking Any Object (taodataset.org): videos with individuals followed through them.

`annotations/train.json` is COCO's form with tracks, one frame a second; the frames that it names
(`train/YFCC100M/v_.../frame0391.jpg`) lie below `frames`. Boxes of a video stand anywhere in the
file, so it is indexed: see `coco`.
"""

from collections.abc import Iterator
from pathlib import Path

from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.training.sources.coco import CocoBox, CocoIndex
from rap_engine.training.sources.files import PhotoFinder, first_of


class Tao:
    """Scenes of TAO: annotated frames. An identity is a track, unique in the file."""

    def __init__(self, name: str, folder: Path, split: str) -> None:
        self.name = name
        self._file = first_of(folder, f"annotations/{split}.json")
        self._frames = first_of(folder, "frames")

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        """Yield the annotated frames in the order of the file."""
        finder = PhotoFinder(self.name, skips)
        for image, boxes in CocoIndex.read(self._file, self.name, skips).photos():
            photo = finder.find(self._frames, image.file_name, f"{self._file}#image {image.id}")
            if photo is not None:
                yield Scene(str(image.id), photo.path, tuple(_instance(box) for box in boxes))


def _instance(box: CocoBox) -> Instance:
    identity = None if box.track is None else f"track-{box.track}"
    return Instance(box.box, box.category, identity)
