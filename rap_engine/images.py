"""The one place that opens a photo, and the one that writes one."""

import io
import math
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from rap_engine.errors import BadPhoto
from rap_engine.types import Box

FORMATS = ("JPEG", "PNG", "WEBP")
SMALLEST_SIDE_PX = 32
LARGEST_SIDE_PX = 9_000
MOST_PIXELS = 50_000_000
WORKING_SIDE_PX = 1_280
VIEW_SIDE_PX = 640
JPEG_QUALITY = 90
MOST_BYTES = 20_000_000
"""Telegram's getFile serves no larger file (Bot API, getFile)."""


@dataclass(frozen=True, slots=True)
class PhotoHeader:
    """What a file says of itself before any pixel is decoded. Sides in px."""

    format: str
    width: int
    height: int


def inspect(content: bytes) -> PhotoHeader:
    """Check a photo by its header alone: cheap enough for the process that takes messages.

    Raises:
        BadPhoto: not a photo, of another format, an animation, too small or too large.
    """
    with _opened(content) as image:
        return PhotoHeader(str(image.format), *image.size)


def open_photo(content: bytes, smallest_side_px: int = SMALLEST_SIDE_PX) -> Image.Image:
    """Decode a photo: RGB, upright, longest side at most `WORKING_SIDE_PX`, without metadata.

    Args:
        content: as it came from others.
        smallest_side_px: a crop may be smaller than a photo.

    Raises:
        BadPhoto: as `inspect`, or the file is broken or cut off.
    """
    try:
        with _opened(content, smallest_side_px) as image:
            # A JPEG is decoded at a fraction of its size where that is enough.
            image.draft("RGB", (WORKING_SIDE_PX, WORKING_SIDE_PX))
            image.load()
            small = _in_plain_mode(image)
            # Before anything else is made of it: a copy of 50 million pixels is 200 MB.
            small.thumbnail((WORKING_SIDE_PX, WORKING_SIDE_PX), Image.Resampling.LANCZOS)
            return _on_white(ImageOps.exif_transpose(small))
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise BadPhoto("broken") from error


def open_kept(content: bytes) -> Image.Image:
    """Decode a crop or a photo that we wrote. It may be smaller than what a person may send.

    Raises:
        BadPhoto: it is broken.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            return image.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise BadPhoto("broken") from error


def _opened(content: bytes, smallest_side_px: int = SMALLEST_SIDE_PX) -> Image.Image:
    if len(content) > MOST_BYTES:
        raise BadPhoto("too_many_bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise BadPhoto("too_large") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise BadPhoto("not_a_photo") from error
    _check(image, smallest_side_px)
    return image


def _check(image: Image.Image, smallest_side_px: int) -> None:
    width, height = image.size
    if min(width, height) < smallest_side_px:
        raise BadPhoto("too_small")
    if max(width, height) > LARGEST_SIDE_PX or width * height > MOST_PIXELS:
        raise BadPhoto("too_large")
    # Some cameras put a second picture behind the first (MPO), which is a photo all the same.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise BadPhoto("animation")


def _in_plain_mode(image: Image.Image) -> Image.Image:
    """Return a photo whose pixels can be averaged: no palette, no bits, 8 bits a channel."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"P", "PA", "1"}:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    white.alpha_composite(layer)
    return white.convert("RGB")


def to_jpeg(image: Image.Image) -> bytes:
    """Write a photo as JPEG without metadata."""
    buffer = io.BytesIO()
    plain = image.convert("RGB")
    plain.info.clear()  # Pillow writes a comment that it read, whatever is asked for
    plain.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def crop_box(photo: Image.Image, box: Box) -> Image.Image:
    """Cut a box out of a photo: every pixel that it touches, so at least one."""
    width, height = photo.size
    left, top = math.floor(box.x1 * width), math.floor(box.y1 * height)
    return photo.crop((left, top, math.ceil(box.x2 * width), math.ceil(box.y2 * height)))


def view_jpeg(photo: Image.Image, box: Box) -> bytes:
    """Cut a box out of a photo as JPEG, longest side at most `VIEW_SIDE_PX`."""
    crop = crop_box(photo, box)
    crop.thumbnail((VIEW_SIDE_PX, VIEW_SIDE_PX), Image.Resampling.LANCZOS)
    return to_jpeg(crop)
