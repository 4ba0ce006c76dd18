"""What counts as a photo, and what is left of one after it was opened."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageDraw

from rap_engine import images
from rap_engine.errors import BadPhoto
from rap_engine.types import Box

ORIENTATION = 0x0112
GPS = 0x8825


def _encoded(image: Image.Image, format: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def _plain(width: int = 100, height: int = 80, colour: str = "teal") -> Image.Image:
    return Image.new("RGB", (width, height), colour)


def _png_that_claims(width: int, height: int) -> bytes:
    """A tiny file whose header promises many pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = b"".join(
        struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c))
        for c in (header, body, b"IEND")
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


def _reason(content: bytes, opener: object = images.open_photo) -> str:
    with pytest.raises(BadPhoto) as caught:
        opener(content)  # type: ignore[operator]
    return caught.value.reason


@pytest.mark.parametrize("format", images.FORMATS)
def test_a_photo_of_a_known_format_opens_as_rgb(format: str) -> None:
    photo = images.open_photo(_encoded(_plain(), format))
    assert (photo.mode, photo.size) == ("RGB", (100, 80))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_a_photo"),
        (b"just words", "not_a_photo"),
        (b"%PDF-1.7", "not_a_photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_photo"),
        (_encoded(_plain(), "GIF"), "not_a_photo"),
        (_encoded(_plain(), "TIFF"), "not_a_photo"),
        (_encoded(_plain(1, 1)), "too_small"),
        (_encoded(_plain(400, 31)), "too_small"),
        (_png_that_claims(10_000, 10_000), "too_large"),
        (_png_that_claims(60_000, 60_000), "too_large"),
        (_png_that_claims(9_001, 40), "too_large"),
    ],
)
def test_what_its_header_gives_away_is_refused_unread(content: bytes, reason: str) -> None:
    assert _reason(content, images.inspect) == reason
    assert _reason(content) == reason


@pytest.mark.parametrize("format", ["WEBP", "PNG"])
def test_an_animation_is_no_photo(format: str) -> None:
    frames = [_plain(colour="red"), _plain(colour="blue")]
    content = _encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=50)
    assert _reason(content, images.inspect) == "animation"


@pytest.mark.parametrize("format", images.FORMATS)
def test_a_photo_that_was_cut_off_is_broken(format: str) -> None:
    noise = Image.effect_noise((300, 300), 90).convert("RGB")
    content = _encoded(noise, format)
    assert _reason(content[: len(content) // 2]) in ("broken", "not_a_photo")


def test_a_file_over_the_limit_is_refused_before_it_is_parsed() -> None:
    assert _reason(b"\xff" * (images.MOST_BYTES + 1), images.inspect) == "too_many_bytes"


def test_a_photo_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    photo = images.open_photo(_encoded(_plain(100, 50), exif=exif))
    assert photo.size == (50, 100)


def test_no_metadata_survives() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif.get_ifd(GPS)[1] = "N"
    photo = images.open_photo(_encoded(_plain(), exif=exif, comment=b"secret comment"))
    written = images.to_jpeg(photo)
    assert b"secret" not in written
    assert b"Exif" not in written


def test_a_large_photo_is_brought_to_the_working_size() -> None:
    photo = images.open_photo(_encoded(_plain(4000, 2000)))
    assert photo.size == (images.WORKING_SIDE_PX, images.WORKING_SIDE_PX // 2)


def test_what_is_transparent_becomes_white() -> None:
    photo = images.open_photo(_encoded(Image.new("RGBA", (64, 64), (255, 0, 0, 0)), "PNG"))
    assert photo.getpixel((32, 32)) == (255, 255, 255)


def test_a_view_is_the_box_and_nothing_else() -> None:
    photo = _plain(200, 100, "black")
    ImageDraw.Draw(photo).rectangle((100, 0, 199, 99), fill="white")
    view = Image.open(io.BytesIO(images.view_jpeg(photo, Box(0.5, 0.0, 1.0, 1.0))))
    assert view.size == (100, 100)
    assert view.convert("L").getextrema()[0] > 250


def test_a_sliver_of_a_box_is_still_a_view() -> None:
    view = Image.open(io.BytesIO(images.view_jpeg(_plain(), Box(0.5, 0.5, 0.5001, 0.5001))))
    assert min(view.size) >= 1


def test_a_photo_with_a_second_picture_behind_it_is_a_photo() -> None:
    content = _encoded(_plain(), "MPO", save_all=True, append_images=[_plain(colour="red")])
    photo = images.open_photo(content)
    red, green, _ = photo.getpixel((50, 40))
    assert green > red


def test_sixteen_bits_of_grey_stay_grey() -> None:
    photo = images.open_photo(_encoded(Image.new("I;16", (64, 64), 0x8000), "PNG"))
    assert photo.getpixel((32, 32)) == pytest.approx((128, 128, 128), abs=1)


def test_a_palette_keeps_its_colours() -> None:
    photo = images.open_photo(_encoded(_plain(colour="red").convert("P"), "PNG"))
    assert photo.getpixel((32, 32)) == (255, 0, 0)
