"""The encoder of the paper: the image tower of a CLIP, such as ViT-L/14 at 336 px."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from rap_engine.encode.batches import embed
from rap_engine.errors import WeightsCorrupt
from rap_engine.torch_runtime import (
    device_of,
    fill,
    import_torchvision,
    precision_of,
    read_config,
    read_tensors,
)

_IMAGE_TOWER = "visual."


class OpenClipEncoder:
    """Embeds a crop as its model was trained to see it: CLIP's own cuts the middle square out.

    The text tower of the same file is not loaded.

    Args:
        name: of model and weights, under which keys are stored.
        folder: the model in open_clip's hub layout, its weights as safetensors.
        device: a setting's: `auto`, `cpu`, `cuda` or `cuda:N`.

    Raises:
        WeightsError: its files are missing, or not those of such a model.
    """

    def __init__(self, name: str, folder: Path, *, device: str) -> None:
        self.name = name
        self._device = device_of(device)
        self._precision = precision_of(self._device)
        tower, self.width, self._pixels = _load(folder)
        self._tower = tower.eval().to(self._device, self._precision)

    def encode(self, crops: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return embeddings (crops, width), float32, unit length.

        Raises:
            OutOfMemory: the device has no room for them.
        """
        return embed(crops, self.width, self._forward)

    def _forward(self, crops: list[Image.Image]) -> torch.Tensor:
        pixels = torch.stack([self._pixels(crop) for crop in crops])
        features: torch.Tensor = self._tower(pixels.to(self._device, self._precision))
        return features


def _load(folder: Path) -> tuple[torch.nn.Module, int, Callable[[Image.Image], torch.Tensor]]:
    """Return the image tower, the width of its embeddings and what makes its pixels of a crop."""
    import_torchvision()
    from open_clip.model import _build_vision_tower  # noqa: PLC0415
    from open_clip.transform import (  # noqa: PLC0415
        PreprocessCfg,
        image_transform_v2,
        merge_preprocess_dict,
    )

    description, file = folder / "open_clip_config.json", folder / "open_clip_model.safetensors"
    config = read_config(description)
    try:
        width, vision, gelu = _shape(config["model_cfg"])
        tower: torch.nn.Module = _build_vision_tower(width, vision, gelu)
        said = config.get("preprocess_cfg", {}) | {"size": tower.image_size}
        seen = PreprocessCfg(**merge_preprocess_dict(PreprocessCfg(), said))
        preprocess = image_transform_v2(seen, is_train=False)
    except (KeyError, TypeError) as error:
        raise WeightsCorrupt(f"{description} describes no CLIP model: {error}") from error
    fill(tower, read_tensors(file, _name_in_tower), file)
    return tower, width, preprocess


def _shape(model: dict[str, Any]) -> tuple[int, dict[str, Any], bool]:
    """Return width, image tower and kind of activation; nothing is loaded by another library."""
    vision = dict(model["vision_cfg"])
    if "timm_model_name" in vision:
        vision["timm_model_pretrained"] = False
    return model["embed_dim"], vision, model.get("quick_gelu", False)


def _name_in_tower(name: str) -> str | None:
    return name.removeprefix(_IMAGE_TOWER) if name.startswith(_IMAGE_TOWER) else None
