"""A tiny DINOv2 with random weights, in transformers' layout."""

import json
from pathlib import Path

import torch

from rap_engine.checkpoints.store import RECORD
from rap_engine.torch_runtime import import_torchvision

WIDTH = 32
SIDE_PX = 28
_PREPROCESSING = {
    "image_processor_type": "BitImageProcessor",
    "crop_size": {"height": SIDE_PX, "width": SIDE_PX},
    "do_center_crop": True,
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "resample": 3,
    "rescale_factor": 1 / 255,
    "size": {"shortest_edge": 32},
}


def write_dinov2(folder: Path) -> None:
    """Write a model and how its pixels are made."""
    import_torchvision()
    from transformers import Dinov2Config, Dinov2Model  # noqa: PLC0415

    config = Dinov2Config(
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=SIDE_PX,
        patch_size=14,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Dinov2Model(config)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(_PREPROCESSING))
    (folder / RECORD).write_text("{}")
