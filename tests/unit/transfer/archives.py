"""Archives made by hand, good and bad."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image

REX = {"name": "Rex", "image": "photos/1.jpg", "info": "a dog", "category": "dog"}
KEPT_REX = {**REX, "views": [{"photo": "photos/1.jpg", "box": [0, 0, 1, 1]}]}


def jpeg(colour: str = "red", side: int = 64) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def database(**concepts: dict[str, Any]) -> bytes:
    return json.dumps({"concept_dict": {f"<{k}>": v for k, v in concepts.items()}}).encode()


def zipped(path: Path, entries: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path
