"""ILSVRC2015-VID: snippets of videos in which 30 kinds of animals and vehicles are followed.

Each frame has an XML file, so that nothing has to be indexed: snippets are read one after another.
Frames follow each other at the speed of film; of each snippet a few that lie apart are taken.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.training.sources.boxes import pixel_box
from rap_engine.training.sources.files import PhotoFinder, first_of
from rap_engine.training.sources.xml_files import BrokenXml, read_xml

FRAMES_A_SNIPPET: Final = 10
_CATEGORIES: Final = {
    "n02691156": "airplane",
    "n02419796": "antelope",
    "n02131653": "bear",
    "n02834778": "bicycle",
    "n01503061": "bird",
    "n02924116": "bus",
    "n02958343": "car",
    "n02402425": "cattle",
    "n02084071": "dog",
    "n02121808": "cat",
    "n02503517": "elephant",
    "n02118333": "fox",
    "n02510455": "giant panda",
    "n02342885": "hamster",
    "n02374451": "horse",
    "n02129165": "lion",
    "n01674464": "lizard",
    "n02484322": "monkey",
    "n03790512": "motorcycle",
    "n02324045": "rabbit",
    "n02509815": "red panda",
    "n02411705": "sheep",
    "n01726692": "snake",
    "n02355227": "squirrel",
    "n02129604": "tiger",
    "n04468005": "train",
    "n01662784": "turtle",
    "n04530566": "watercraft",
    "n02062744": "whale",
    "n02391049": "zebra",
}
"""WordNet's ids of VID's categories: the name of an object in its XML."""


class ImagenetVid:
    """Scenes of ILSVRC2015-VID. An identity is a track of a snippet."""

    def __init__(self, name: str, folder: Path, split: str) -> None:
        self.name = name
        self._annotations = first_of(folder, f"Annotations/VID/{split}")
        self._frames = first_of(folder, f"Data/VID/{split}")

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        """Yield frames that show someone, snippet by snippet."""
        finder = PhotoFinder(self.name, skips)
        for snippet in _snippets(self._annotations):
            for file in _spread(sorted(snippet.glob("*.xml"))):
                if scene := self._scene(finder, file):
                    yield scene

    def _scene(self, finder: PhotoFinder, file: Path) -> Scene | None:
        frame = file.relative_to(self._annotations).with_suffix(".JPEG")
        snippet = file.parent.name
        try:
            tree = read_xml(file)
            sides = _number(tree, "size/width"), _number(tree, "size/height")
        except (BrokenXml, OSError) as error:
            finder.skips.note(self.name, "broken_annotation", str(file), str(error))
            return None
        instances = []
        for number, told in enumerate(tree.iterfind("object")):
            try:
                instances.append(_instance(told, snippet, sides))
            except ValueError as error:
                where = f"{file}#{number}"
                finder.skips.note(self.name, "broken_annotation", where, str(error))
        if not instances or (photo := finder.look(self._frames / frame)) is None:
            return None
        return Scene(frame.with_suffix("").as_posix(), photo.path, tuple(instances))


def _snippets(folder: Path) -> Iterator[Path]:
    """Yield the folders of frames: one below in `val`, in packs of a thousand in `train`."""
    for each in sorted(folder.iterdir()):
        if each.is_dir():
            below = sorted(inner for inner in each.iterdir() if inner.is_dir())
            yield from below or [each]


def _spread(files: list[Path]) -> list[Path]:
    if len(files) <= FRAMES_A_SNIPPET:
        return files
    step = (len(files) - 1) / (FRAMES_A_SNIPPET - 1)
    return [files[round(number * step)] for number in range(FRAMES_A_SNIPPET)]


def _instance(told: Element, snippet: str, sides: tuple[int, int]) -> Instance:
    left, top, right, bottom = (
        _number(told, f"bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax")
    )
    category = _CATEGORIES.get(told.findtext("name") or "")
    if category is None:
        raise BrokenXml(f"of the unknown category {told.findtext('name')!r}")
    box = pixel_box(left, top, right - left, bottom - top, sides)
    return Instance(box, category, f"{snippet}/{_number(told, 'trackid')}")


def _number(tree: Element, path: str) -> int:
    said = tree.findtext(path)
    try:
        return int(said or "")
    except ValueError as error:
        raise BrokenXml(f"{path} is {said!r}") from error
