"""Photos of coloured patches: whom a crop shows, its colour tells."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from rap_engine.training.annotators import Annotator, TemplateAnnotator
from rap_engine.training.chance import chance
from rap_engine.training.makers import MAKERS, Casting, Crops, Stage
from rap_engine.training.plan import NegativesPlan
from rap_engine.training.pool.negatives import Embed, Negatives
from rap_engine.training.pool.pool import Individual, Pool, View
from rap_engine.training.records import Kind, Record
from rap_engine.training.scene import Instance, Scene
from rap_engine.types import Box

COLOURS = {
    "red": (230, 20, 20),
    "blue": (20, 20, 230),
    "green": (20, 230, 20),
    "yellow": (230, 230, 20),
    "pink": (240, 120, 200),
}
LEFT = Box(0.1, 0.25, 0.4, 0.75)
RIGHT = Box(0.6, 0.2, 0.9, 0.7)
MIDDLE = Box(0.3, 0.3, 0.7, 0.7)
NO_NEGATIVES = NegativesPlan(references=0, questions=0)
AUGMENTED = (0, 0, 0)
_GREY = (128, 128, 128)


def paint(file: Path, **patches: Box) -> Path:
    """Write a photo of 400 x 300 px with patches of these colours."""
    photo = Image.new("RGB", (400, 300), _GREY)
    draw = ImageDraw.Draw(photo)
    for colour, box in patches.items():
        corners = (box.x1 * 400, box.y1 * 300, box.x2 * 400, box.y2 * 300)
        draw.rectangle(corners, COLOURS[colour])
    file.parent.mkdir(parents=True, exist_ok=True)
    photo.save(file, quality=95)
    return file


@cache
def shows(crop: Path) -> str:
    """Return the colour in the middle of a crop."""
    with Image.open(crop) as image:
        middle = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(middle, tuple)
    known = {**COLOURS, "grey": _GREY, "augmented": AUGMENTED}
    return min(
        known, key=lambda name: sum(abs(a - b) for a, b in zip(known[name], middle, strict=True))
    )


def blackened(
    image: Image.Image, rng: object, *, box: Box | None = None, category: str = ""
) -> Image.Image:
    """Stand in for an augmenter: what it changed is seen."""
    assert category
    return Image.new("RGB", image.size, AUGMENTED)


class Park:
    """A dog and a cat in one photo, each with an introduction, and three who are elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._crops: dict[int, Crops] = {}
        photo = paint(folder / "park.jpg", red=LEFT, blue=RIGHT)
        self.dog = Instance(
            LEFT, "dog", "dog-1", info="Rex is a corgi, afraid of thunder.", name="Rex"
        )
        self.cat = Instance(RIGHT, "cat", "cat-1", phrases=("grey with green eyes",))
        self.scene = Scene("park", photo, (self.dog, self.cat))
        self.alone = Scene("alone", paint(folder / "alone.jpg", red=LEFT), (self.dog,))
        self.people = [
            self._individual("dog-1", "red", "dog", "Rex", self.dog.info, photo),
            self._individual("cat-1", "blue", "cat", "", "", photo, self.cat.phrases),
            self._individual("dog-2", "green", "dog", "", "Likes to swim."),
            self._individual("cat-2", "yellow", "cat", "", ""),
            self._individual("cup-1", "pink", "cup", "", ""),
        ]

    def _individual(
        self,
        identity: str,
        colour: str,
        category: str,
        name: str,
        info: str,
        *photos: Path | tuple[str, ...],
    ) -> Individual:
        phrases = next((each for each in photos if isinstance(each, tuple)), ())
        introduction = paint(self.folder / f"{identity}.jpg", **{colour: MIDDLE})
        boxes = {"red": LEFT, "blue": RIGHT}
        views = (
            View(introduction, MIDDLE, is_introduction=True),
            *(View(each, boxes[colour]) for each in photos if isinstance(each, Path)),
        )
        return Individual(f"park:{identity}", category, name, info, phrases, views)

    def pool(self, embed: Embed | None = None) -> Pool:
        """Return everybody, with embeddings where somebody has them."""
        known = {each.key: each for each in self.people}
        keys = None if embed is None else np.stack([embed(each) for each in self.people])
        return Pool.of(known, self.people, keys)

    def stage(
        self,
        seed: int,
        plan: NegativesPlan = NO_NEGATIVES,
        *,
        scene: Scene | None = None,
        annotator: Annotator | None = None,
        variants: int = 0,
        with_info: bool = True,
        **more: Any,
    ) -> Stage:
        crops = self._crops.setdefault(variants, Crops(self.folder, blackened, variants, seed=0))
        casting = Casting(annotator or TemplateAnnotator(), crops, with_info)
        negatives = Negatives(plan, self.pool())
        return Stage("park", scene or self.scene, chance(seed), casting, negatives, **more)

    def record(self, kind: Kind, seed: int, *args: Any, **more: Any) -> dict[str, Any]:
        """Make a record, and return its JSON with colours for the paths of crops."""
        stage = self.stage(seed, *args, **more)
        made = MAKERS[kind](stage)
        assert made is not None
        record = Record("1", kind, made.image, made.conversation, made.references)
        return self.told(record.to_json())

    def told(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record's JSON with what can be seen in the place of each path."""
        plain = dict(said)
        plain["extra"] = {shows(self.folder / crop): about for crop, about in said["extra"].items()}
        image = said.get("image")
        if image is not None:
            file = Path(image)
            plain["image"] = file.name if file.is_absolute() else shows(self.folder / file)
        return plain


def words(said: Mapping[str, Any]) -> list[str]:
    """Return what a record's JSON says, turn by turn, without the photo's mark."""
    return [each["value"].removeprefix("<image>\n") for each in said["conversations"]]


def pairs(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a record's questions with their answers."""
    spoken = words(said)
    return list(zip(spoken[::2], spoken[1::2], strict=True))
