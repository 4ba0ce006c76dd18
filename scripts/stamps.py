"""Makes photos of a few hundred more individuals to train on, of the stamps of Tux Paint.

A stamp is a picture of one thing without a background. Each is put before other photos a few times,
at another size, place, angle and light, and becomes a concept of the layout `concepts`
(docs/training-data.md). The stamps are Debian's package `tuxpaint-stamps-default` (GPL-2):

    python scripts/stamps.py /usr/share/tuxpaint/stamps PHOTOS TARGET
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageEnhance, ImageFilter

# What is no thing that somebody could own or meet.
_LEFT_OUT = frozenset({"symbols", "space", "military", "flags", "roadsigns", "cartoon"})
_MIRRORED = ("_mirror", "_flip", "_mirror_flip")
_SIDE_PX = 256
_SMALLEST_PX = 40
_LONGEST_CATEGORY_WORDS = 3


def main() -> None:
    """Write `concepts.json` and `images/` into the target."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("stamps", type=Path, help="folder of stamps")
    arguments.add_argument("photos", type=Path, help="folder of JPEG photos, for backgrounds")
    arguments.add_argument("target", type=Path, help="folder to write")
    arguments.add_argument("--views", type=int, default=6, help="photos of each stamp")
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    rng = Random(given.seed)  # noqa: S311  nothing secret is drawn
    backgrounds = sorted(given.photos.rglob("*.jpg"))
    concepts = {}
    for number, (file, told) in enumerate(_stamps(given.stamps)):
        name = f"stamp_{number:03d}"
        concepts[name] = {
            "category": _category(told),
            "name": None,
            "appearance": told,
            "images": [
                _view(file, given.target, f"images/{name}/{at}.jpg", backgrounds, rng)
                for at in range(given.views)
            ],
        }
    (given.target / "concepts.json").write_text(json.dumps(concepts, indent=1))
    print(f"{len(concepts)} concepts, {len(concepts) * given.views} photos in {given.target}")


def _stamps(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield pictures that are large enough, with what they show: "A red squirrel."."""
    for file in sorted(root.rglob("*.png")):
        said = file.with_suffix(".txt")
        if _LEFT_OUT & {*file.parts} or file.stem.endswith(_MIRRORED) or not said.is_file():
            continue
        told = said.read_text("utf-8", errors="replace").splitlines()[0].strip()
        with Image.open(file) as picture:
            box = picture.convert("RGBA").getchannel("A").getbbox()
        if told and box and min(box[2] - box[0], box[3] - box[1]) >= _SMALLEST_PX:
            yield file, told


def _category(told: str) -> str:
    words = re.sub(r"^(an?|the|some)\s+", "", told.rstrip("."), flags=re.IGNORECASE).split()
    return " ".join(words).lower() if len(words) <= _LONGEST_CATEGORY_WORDS else "thing"


def _view(
    file: Path, target: Path, path: str, backgrounds: list[Path], rng: Random
) -> dict[str, Any]:
    canvas = _background(backgrounds, rng)
    with Image.open(file) as picture:
        stamp = picture.convert("RGBA")
    stamp = stamp.crop(stamp.getchannel("A").getbbox())
    share = rng.uniform(0.45, 0.95) * _SIDE_PX / max(stamp.size)
    stamp = stamp.resize((max(1, int(stamp.width * share)), max(1, int(stamp.height * share))))
    if rng.random() < 0.5:  # noqa: PLR2004
        stamp = stamp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    stamp = stamp.rotate(rng.gauss(0, 8), expand=True, resample=Image.Resampling.BICUBIC)
    colours = stamp.convert("RGB")
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        colours = change(colours).enhance(rng.uniform(0.75, 1.3))
    left, top = (rng.randint(min(0, room), max(0, room)) for room in _room(stamp))
    canvas.paste(colours, (left, top), stamp.getchannel("A"))
    (target / path).parent.mkdir(parents=True, exist_ok=True)
    canvas.save(target / path, quality=90)
    return {"file": path, "box": _box(stamp, left, top)}


def _box(stamp: Image.Image, left: int, top: int) -> list[float]:
    """Return where a stamp is seen, [x1, y1, x2, y2] as shares of the photo's sides."""
    x1, y1, x2, y2 = stamp.getchannel("A").getbbox() or (0, 0, *stamp.size)
    sides = (left + x1, top + y1, left + x2, top + y2)
    return [round(min(max(side / _SIDE_PX, 0.0), 1.0), 4) for side in sides]


def _background(photos: list[Path], rng: Random) -> Image.Image:
    if rng.random() < 0.3 or not photos:  # noqa: PLR2004
        colour = (rng.randint(0, 255), rng.randint(0, 255), rng.randint(0, 255))
        return Image.new("RGB", (_SIDE_PX, _SIDE_PX), colour)
    with Image.open(rng.choice(photos)) as photo:
        square = photo.convert("RGB").resize((_SIDE_PX, _SIDE_PX))
    # Blurred: who is in the background is not in the photo.
    return square.filter(ImageFilter.GaussianBlur(rng.choice((3, 6, 10))))


def _room(stamp: Image.Image) -> tuple[int, int]:
    return _SIDE_PX - stamp.width, _SIDE_PX - stamp.height


if __name__ == "__main__":
    main()
