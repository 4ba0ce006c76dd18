"""Boxes with names, drawn on a copy of a photo."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from rap_engine.generate.protocol import LocatedName
from rap_engine.types import Box

# Smaller photos are enlarged to this, so that a label can be read on them.
READABLE_SIDE_PX: Final = 512
JPEG_QUALITY: Final = 90

_COLOURS: Final = ("#ffd23f", "#3bceac", "#ff6b6b", "#7cc6fe", "#c792ea", "#ffa552", "#9be564")
_DARK: Final = "#14171c"
_LINE_SHARE: Final = 1 / 170
_FONT_SHARE: Final = 1 / 26
_FONT_PX: Final = (14, 44)

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_NO_GLYPH: Final = "\U0010fffd"  # private use: no font has it, so it shows the empty frame
_Area = tuple[int, int, int, int]


def draw_boxes(photo: Image.Image, located: Sequence[LocatedName]) -> bytes:
    """Draw each box with its label.

    Returns:
        A JPEG of the photo's shape; a photo smaller than `READABLE_SIDE_PX` is enlarged.
    """
    canvas = _readable(photo)
    draw, style = ImageDraw.Draw(canvas), _Style.of(canvas.size)
    for number, one in enumerate(located):
        style.draw_outline(draw, _pixels(one.box, canvas.size), _colour(number))
    for number, plate in enumerate(plates(canvas.size, located)):
        style.draw_plate(draw, plate, _colour(number))
    return _as_jpeg(canvas)


@dataclass(frozen=True, slots=True)
class Plate:
    """A label with the rectangle that it fills: left, top, right, bottom in pixels."""

    text: str
    area: _Area


def plates(picture: tuple[int, int], located: Sequence[LocatedName]) -> tuple[Plate, ...]:
    """Return where the labels go in a picture of (width, height): on it, clear of each other."""
    style = _Style.of(picture)
    placed: list[Plate] = []
    for one, text in zip(located, labels(located), strict=True):
        label, outline = style.fit(text, picture[0]), _pixels(one.box, picture)
        taken = [plate.area for plate in placed]
        placed.append(Plate(label, _free_place(outline, style.label_size(label), picture, taken)))
    return tuple(placed)


def labels(located: Sequence[LocatedName]) -> tuple[str, ...]:
    """Return the label of each box: its name, or its number where the font lacks the letters.

    The font that comes with Pillow has Latin letters without accents. "Müsli" is labelled
    "Musli", "🐶 Rex" is labelled "Rex", and "小白" gets the number that
    it has in `located`, from 1, which the message beside the picture should explain.
    """
    return tuple(_label(one.name, number) for number, one in enumerate(located, start=1))


def legend(located: Sequence[LocatedName]) -> str:
    """Return what the numbers in the picture stand for, "" if it has none: "1: 小白"."""
    pairs = zip(labels(located), located, strict=True)
    numbered = enumerate(pairs, start=1)
    return ", ".join(
        f"{number}: {one.name}"
        for number, (label, one) in numbered
        if label == str(number) != one.name
    )


@dataclass(frozen=True, slots=True)
class _Style:
    """Sizes in pixels for one picture."""

    line: int
    font: _Font
    padding: int

    @classmethod
    def of(cls, size: tuple[int, int]) -> "_Style":
        side = (size[0] * size[1]) ** 0.5
        smallest, largest = _FONT_PX
        font_px = min(max(round(side * _FONT_SHARE), smallest), largest)
        line = max(2, round(side * _LINE_SHARE))
        return cls(line, ImageFont.load_default(font_px), padding=font_px // 3)

    def fit(self, text: str, width: int) -> str:
        """Return the text, cut so that its label is no wider than the picture."""
        label, kept = text, text
        while self.label_size(label)[0] > width and kept:
            kept = kept[:-1]
            label = f"{kept.rstrip()}\u2026"
        return label

    def label_size(self, text: str) -> tuple[int, int]:
        """Return width and height; the height is the same for all texts."""
        width = self.font.getlength(text)
        top, bottom = self.font.getbbox("Ag")[1::2]
        return round(width) + 2 * self.padding, round(bottom - top) + 2 * self.padding

    def draw_outline(self, draw: ImageDraw.ImageDraw, outline: _Area, colour: str) -> None:
        """Draw a box that shows on any photo: the colour between two dark lines."""
        radius = 2 * self.line
        edge = max(1, self.line // 2)
        draw.rounded_rectangle(outline, radius, outline=_DARK, width=self.line + 2 * edge)
        inner = _shrunk(outline, edge)
        draw.rounded_rectangle(inner, radius, outline=colour, width=self.line)

    def draw_plate(self, draw: ImageDraw.ImageDraw, plate: Plate, colour: str) -> None:
        """Draw dark text on a rounded plate of the box's colour."""
        x1, y1, _, y2 = plate.area
        draw.rounded_rectangle(plate.area, (y2 - y1) // 3, fill=colour, outline=_DARK, width=1)
        top, bottom = self.font.getbbox("Ag")[1::2]
        position = (x1 + self.padding, (y1 + y2) / 2 - (top + bottom) / 2)
        draw.text(position, plate.text, fill=_DARK, font=self.font)


def _readable(photo: Image.Image) -> Image.Image:
    canvas = photo.convert("RGB")
    scale = READABLE_SIDE_PX / max(canvas.size)
    if scale <= 1:
        return canvas.copy()
    size = (max(1, round(canvas.width * scale)), max(1, round(canvas.height * scale)))
    return canvas.resize(size, Image.Resampling.LANCZOS)


def _as_jpeg(canvas: Image.Image) -> bytes:
    file = BytesIO()
    canvas.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _pixels(box: Box, size: tuple[int, int]) -> _Area:
    width, height = size
    x1, y1 = round(box.x1 * (width - 1)), round(box.y1 * (height - 1))
    x2, y2 = round(box.x2 * (width - 1)), round(box.y2 * (height - 1))
    return x1, y1, x2, y2


def _shrunk(area: _Area, by: int) -> _Area:
    """Return the area less a margin; one too thin for that keeps its middle."""
    x1, y1, x2, y2 = area
    by_x, by_y = min(by, (x2 - x1) // 2), min(by, (y2 - y1) // 2)
    return x1 + by_x, y1 + by_y, x2 - by_x, y2 - by_y


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _free_place(
    outline: _Area, size: tuple[int, int], picture: tuple[int, int], taken: Sequence[_Area]
) -> _Area:
    """Return the place nearest to the box's upper edge where a label covers no other."""
    places = list(_places(outline, size, picture))
    return next((area for area in places if not any(_meet(area, one) for one in taken)), places[0])


def _places(outline: _Area, size: tuple[int, int], picture: tuple[int, int]) -> Iterator[_Area]:
    x1, y1, x2, y2 = outline
    width, height = size
    lowest, rightmost = max(picture[1] - 1 - height, 0), max(picture[0] - 1 - width, 0)
    above = y1 - height if y1 >= height else y1
    rows = sorted(range(0, lowest + 1, height + 1), key=lambda y: abs(y - above))
    for y in (above, y1, y2 - height, y2, *rows):
        for x in (x1, x2 - width, *range(0, rightmost + 1, width + 1)):
            left, top = min(max(x, 0), rightmost), min(max(y, 0), lowest)
            yield left, top, min(left + width, picture[0] - 1), min(top + height, picture[1] - 1)


def _meet(one: _Area, other: _Area) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _label(name: str, number: int) -> str:
    drawn = [_drawn(char) for char in unicodedata.normalize("NFC", name)]
    label = " ".join("".join(drawn).split())
    lost = any(not glyph and _is_spoken(char) for char, glyph in zip(name, drawn, strict=False))
    return label if label and not lost else str(number)


def _drawn(char: str) -> str:
    """Return the character, its letter without the accent, or "" where the font has neither."""
    bare = unicodedata.normalize("NFKD", char)[0]
    return next((one for one in (char, bare) if _has_glyph(one)), "")


def _is_spoken(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


@cache
def _has_glyph(char: str) -> bool:
    if char.isspace():
        return True
    font = ImageFont.load_default(_FONT_PX[0])
    return bytes(font.getmask(char)) not in (b"", bytes(font.getmask(_NO_GLYPH)))
