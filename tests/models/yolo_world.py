"""A small YOLO-World with random weights that finds something in every photo."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.functional import interpolate

from rap_engine.checkpoints.store import RECORD
from rap_engine.detect.ultralytics_library import WorldModel

_EVIDENCE = -4.0
"""The bias of the head: a sigmoid of the published -10 would leave next to no detections."""


def write_yolo_world(folder: Path, scale: str = "n") -> None:
    """Write `yolov8{scale}-worldv2` as a conversion of the published weights would be."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = WorldModel(f"yolov8{scale}-worldv2.yaml", verbose=False)
        _wake(model)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(model.state_dict(), folder / "model.safetensors")
    (folder / RECORD).write_text("{}")


@torch.no_grad()
def _wake(model: torch.nn.Module) -> None:
    """Set the norms by what they see: with fresh ones all photos look alike to deep layers."""
    for norm in model.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.momentum = None
    model.train()
    model.predict(_photos(), txt_feats=torch.randn(1, 80, 512))
    for head in model.model[-1].cv4:
        head.bias.fill_(_EVIDENCE)


def _photos() -> torch.Tensor:
    """Return (8, 3, 256, 256), from blots to speckles."""
    sides = (2, 3, 4, 6, 8, 12, 16, 24)
    return torch.cat(
        [interpolate(torch.rand(1, 3, side, side), 256, mode="bilinear") for side in sides]
    )
