"""The bot stays light: it loads no model library."""

import subprocess
import sys
from pathlib import Path

import bot

HEAVY = {"torch", "onnx", "onnxruntime", "cv2", "transformers"}


def test_loads_no_model_library() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, bot.app, bot.console; print(*sys.modules)"],
        cwd=Path(bot.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not HEAVY & set(loaded)
    assert "aiohttp" not in loaded
