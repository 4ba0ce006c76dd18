"""Photos of faces that ship in a package: ultralytics has two men on a football pitch's edge.

They are read where they are installed, and never copied.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

Side = tuple[int, int, int, int]
LEFT: Side = (430, 160, 800, 720)
RIGHT: Side = (800, 20, 1180, 620)


def two_men() -> Image.Image:
    """Return the photo of both, 1280 x 720 px."""
    spec = find_spec("ultralytics")
    folders = spec.submodule_search_locations if spec is not None else None
    if not folders:
        pytest.skip("the package ultralytics, whose photo of faces is used, is not installed")
    with Image.open(Path(folders[0]) / "assets" / "zidane.jpg") as photo:
        return photo.convert("RGB")


def man(side: Side) -> Image.Image:
    """Return one of them alone."""
    return two_men().crop(side)
