"""Drawn pictures that no encoder takes for one another."""

import io

from PIL import Image, ImageDraw

_SIDE = 400


def rings() -> bytes:
    """Red and white rings, as JPEG."""
    image = Image.new("RGB", (_SIDE, _SIDE), "white")
    draw = ImageDraw.Draw(image)
    for number, inset in enumerate(range(0, _SIDE // 2, 25)):
        box = (inset, inset, _SIDE - inset, _SIDE - inset)
        draw.ellipse(box, fill="crimson" if number % 2 == 0 else "white")
    return _jpeg(image)


def checks() -> bytes:
    """A green and black chessboard with noise, as JPEG."""
    image = Image.effect_noise((_SIDE, _SIDE), 90).convert("RGB")
    draw = ImageDraw.Draw(image)
    for x in range(0, _SIDE, 50):
        for y in range(0, _SIDE, 50):
            if (x + y) % 100 == 0:
                draw.rectangle((x, y, x + 49, y + 49), fill="darkgreen")
    return _jpeg(image)


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
