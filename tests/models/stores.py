"""Small models in the place where a profile's loader looks for its weights."""

from pathlib import Path

from rap_engine.checkpoints import WeightsStore
from rap_engine.profiles import Recipe
from rap_engine.profiles.recipe import (
    DinoRecipe,
    OpenClipRecipe,
    TransformersRecipe,
    YoloWorldRecipe,
)
from tests.models.clip import write_open_clip
from tests.models.dinov2 import write_dinov2
from tests.models.yolo_world import write_yolo_world

SMALL_RECIPE = """
title = "Small models with random weights"

[detector]
kind = "yolo-world"
model = "yolov8n-worldv2"
source = { url = "https://weights.invalid/yolov8n-worldv2.pt", layout = "yolo-world" }
text_source = { repo = "tests/small-text-tower" }

[encoder]
kind = "open-clip"
name = "small"
source = { repo = "tests/small-clip" }
provisional_cutoff = 0.9

[generator]
kind = "composed"
"""
"""For `profiles/small.toml` in a data directory."""


def write_profile_store(weights_dir: Path, recipe: Recipe) -> None:
    """Put a small model of the recipe's architecture in the place of each of its sources."""
    store = WeightsStore(weights_dir)
    if isinstance(recipe.detector, YoloWorldRecipe):
        scale = recipe.detector.model.removeprefix("yolov8")[0]
        write_yolo_world(store.ready(recipe.detector.source), scale)
        write_open_clip(store.ready(recipe.detector.text_source))
    match recipe.encoder:
        case OpenClipRecipe(source=source):
            write_open_clip(store.ready(source), seed=1)
        case DinoRecipe(source=source):
            write_dinov2(store.ready(source))
    if isinstance(recipe.generator, TransformersRecipe):
        from tests.models.llava import write_llava  # noqa: PLC0415

        write_llava(store.ready(recipe.generator.source))
