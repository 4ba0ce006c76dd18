"""An encoder for single things: DINOv2, which tells individuals of a kind apart by their looks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError

from rap_engine.encode.batches import embed
from rap_engine.errors import WeightsCorrupt, WeightsMissing
from rap_engine.torch_runtime import (
    check_index,
    device_of,
    import_torchvision,
    precision_of,
    read_config,
)

_NEEDED = ("config.json", "preprocessor_config.json")
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
_KINDS = ("dinov2", "dinov2_with_registers")


class DinoEncoder:
    """Embeds a crop by the model's class token, after its last norm (arXiv 2304.07193, section 7).

    Args:
        name: of model and weights, under which keys are stored.
        folder: the model in transformers' layout, its weights as safetensors.
        device: a setting's: `auto`, `cpu`, `cuda` or `cuda:N`.

    Raises:
        WeightsError: its files are missing, or not those of such a model.
    """

    def __init__(self, name: str, folder: Path, *, device: str) -> None:
        self.name = name
        self._device = device_of(device)
        self._precision = precision_of(self._device)
        model, self._processor = _load(folder)
        self._model = model.eval().to(self._device, self._precision)
        self.width = int(model.config.hidden_size)

    def encode(self, crops: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return embeddings (crops, width), float32, unit length.

        Raises:
            OutOfMemory: the device has no room for them.
        """
        return embed(crops, self.width, self._forward)

    def _forward(self, crops: list[Image.Image]) -> torch.Tensor:
        pixels = self._processor(images=crops, return_tensors="pt")["pixel_values"]
        output = self._model(pixel_values=pixels.to(self._device, self._precision))
        token: torch.Tensor = output.last_hidden_state[:, 0]
        return token


def _load(folder: Path) -> tuple[Any, Any]:
    """Return the model and what makes its pixels of crops."""
    import_torchvision()
    from transformers import AutoImageProcessor, AutoModel  # noqa: PLC0415
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    _check(folder)
    disable_progress_bar()
    try:
        processor = AutoImageProcessor.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        model, loading = AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            ignore_mismatched_sizes=True,  # refused below, by name
            dtype=torch.float32,
            output_loading_info=True,
        )
    except (OSError, SafetensorError, TypeError, ValueError) as error:
        raise WeightsCorrupt(f"{folder}: {error}") from error
    wrong = [*loading["missing_keys"], *loading["mismatched_keys"]]
    if wrong:
        raise WeightsCorrupt(f"{folder}: missing or of another shape: {wrong[0]}.")
    return model, processor


def _check(folder: Path) -> None:
    """Refuse what is not a DINOv2 with safetensors before the library reads it."""
    for name in _NEEDED:
        read_config(folder / name)
    if not any((folder / name).is_file() for name in _WEIGHTS):
        raise WeightsMissing(f"{folder} has no {_WEIGHTS[0]}. Fetch the profile's weights again.")
    check_index(folder)
    kind = read_config(folder / "config.json").get("model_type")
    if kind not in _KINDS:
        raise WeightsCorrupt(f"{folder} holds a model of type {kind}, not one of {_KINDS}.")
