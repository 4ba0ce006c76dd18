"""A tiny CLIP with random weights, in the layout of open_clip's hub."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from rap_engine.checkpoints.store import RECORD
from rap_engine.torch_runtime import import_torchvision

WIDTH = 512
SIDE_PX = 32
CONFIG = {
    "model_cfg": {
        "embed_dim": WIDTH,
        "quick_gelu": True,
        "vision_cfg": {
            "image_size": SIDE_PX,
            "patch_size": 16,
            "width": 32,
            "head_width": 16,
            "layers": 1,
        },
        "text_cfg": {
            "context_length": 77,
            "vocab_size": 49408,
            "width": 16,
            "heads": 2,
            "layers": 1,
        },
    },
    "preprocess_cfg": {
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
        "interpolation": "bicubic",
        "resize_mode": "shortest",
    },
}


def write_open_clip(folder: Path, seed: int = 0, **model_cfg: object) -> None:
    """Write a model with both towers; `model_cfg` changes its description."""
    import_torchvision()
    import open_clip  # noqa: PLC0415

    config = {**CONFIG, "model_cfg": {**CONFIG["model_cfg"], **model_cfg}}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    shape = dict(config["model_cfg"])
    kind = open_clip.CustomTextCLIP if shape.pop("custom_text", False) else open_clip.CLIP
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = kind(**shape)
        _part_words(model)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    (folder / RECORD).write_text("{}")


@torch.no_grad()
def _part_words(model: torch.nn.Module) -> None:
    """Make features of words differ, as those of a trained tower do."""
    for name, parameter in model.named_parameters():
        if name.endswith(("token_embedding.weight", "out_proj.weight")):
            parameter.normal_()
