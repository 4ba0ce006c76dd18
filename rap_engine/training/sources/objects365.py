"""Objects365 (version 2): photos with boxes of 365 categories (objects365.org).

`zhiyuan_objv2_train.json` names photos as `images/v1/patch8/objects365_v1_00420917.jpg`, while the
archives unpack to `patch8/`. Both lie in use, below the folder or its `train`; `coco` says how the
file, which is gigabytes, is read.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.training.sources.coco import CocoImage, CocoIndex
from rap_engine.training.sources.files import PhotoFile, PhotoFinder, first_of, inside


class Objects365:
    """Scenes of Objects365; nobody is told from others, so instances have no identity."""

    def __init__(self, name: str, folder: Path, split: str) -> None:
        self.name = name
        annotations = f"zhiyuan_objv2_{split}.json"
        self._file = first_of(
            folder, annotations, f"annotations/{annotations}", f"{split}/{annotations}"
        )
        self._roots = [folder / split, folder, folder / "images" / split]

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        """Yield the photos in the order of the file."""
        finder = PhotoFinder(self.name, skips)
        for image, boxes in CocoIndex.read(self._file, self.name, skips).photos():
            if photo := self._photo(finder, image):
                instances = tuple(Instance(box.box, box.category) for box in boxes)
                yield Scene(str(image.id), photo.path, instances)

    def _photo(self, finder: PhotoFinder, image: CocoImage) -> PhotoFile | None:
        where = f"{self._file}#image {image.id}"
        short = "/".join(PurePosixPath(image.file_name).parts[-2:])
        for root in self._roots:
            for said in (short, image.file_name):
                try:
                    is_there = inside(root, said).is_file()
                except ValueError:
                    return finder.find(root, image.file_name, where)
                if is_there:
                    return finder.find(root, said, where)
        return finder.find(self._roots[0], short, where)
