"""Loads an image-to-image pipeline of diffusers from a folder: safetensors, no code, no network."""

from pathlib import Path
from types import ModuleType
from typing import Any, Final

import torch
from safetensors import SafetensorError

from rap_engine.errors import WeightsCorrupt, WeightsMissing
from rap_engine.torch_runtime import (
    import_torchvision,
    memory_guarded,
    precision_of,
    read_config,
)

_INDEX: Final = "model_index.json"
_IMAGE_TO_IMAGE: Final = {
    "StableDiffusionPipeline": "StableDiffusionImg2ImgPipeline",
    "StableDiffusionImg2ImgPipeline": "StableDiffusionImg2ImgPipeline",
    "StableDiffusionXLPipeline": "StableDiffusionXLImg2ImgPipeline",
    "StableDiffusionXLImg2ImgPipeline": "StableDiffusionXLImg2ImgPipeline",
}
"""A folder's pipeline, and the one that is made of its parts. Asked by name, diffusers imports that
alone: its `AutoPipelineForImage2Image` imports them all, which takes twice as long."""
_LIBRARIES: Final = ("diffusers", "transformers", "stable_diffusion")
"""Whose classes a part may be of: a library's, or those in diffusers' folder of that name."""
_TEXT_ENCODERS: Final = ("CLIPTextModel", "CLIPTextModelWithProjection")
_INSTEAD: Final = "or set augmentation.novel_views to 0"


def load_pipeline(folder: Path, device: torch.device) -> Any:
    """Return the pipeline, on the device.

    Args:
        folder: of a Stable Diffusion (1, 2 or XL) pipeline, as diffusers saves it.
        device: whose usual precision it gets.

    Raises:
        WeightsMissing: diffusers is not installed, or the folder or a part in it is missing.
        WeightsCorrupt: it is another pipeline, or a part of it is not whole, or not safetensors.
        OutOfMemory: the device has no room for it.
    """
    kind, parts = _described(folder)
    _check_shards(folder)
    diffusers, transformers = _libraries()
    dtype = precision_of(device)
    try:
        encoders = {
            part: _text_encoder(getattr(transformers, made_of), folder / part, dtype)
            for part, made_of in parts.items()
            if made_of in _TEXT_ENCODERS
        }
        pipeline = getattr(diffusers, kind).from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=dtype, **encoders
        )
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise WeightsCorrupt(f"{folder}: {error}") from error
    _check_whole(pipeline, folder)
    pipeline.set_progress_bar_config(disable=True)
    with memory_guarded():
        return pipeline.to(device)


def _described(folder: Path) -> tuple[str, dict[str, str]]:
    """Return the class to load, and the classes of its parts by their folders' names."""
    file = folder / _INDEX
    if not file.is_file():
        raise WeightsMissing(
            f"{file} is missing. Novel views need the folder of a Stable Diffusion pipeline as"
            f" diffusers saves it, its weights as safetensors. Copy one there, {_INSTEAD}."
        )
    index = read_config(file)
    kind = str(index.pop("_class_name", None))
    if kind not in _IMAGE_TO_IMAGE:
        raise WeightsCorrupt(f"{file} is of {kind}, not one of {', '.join(_IMAGE_TO_IMAGE)}.")
    # A part that the pipeline does without is [null, null]; anything else is a setting.
    named = {part: made_of for part, made_of in index.items() if isinstance(made_of, list)}
    parts = {part: made_of for part, made_of in named.items() if any(made_of)}
    for part, made_of in parts.items():
        if made_of[0] not in _LIBRARIES:
            raise WeightsCorrupt(f"{file}: {part} is of {made_of[0]}, not of {_LIBRARIES}.")
        if not any((folder / part).glob("*.json")):
            raise WeightsMissing(f"{folder / part} is missing or empty. Copy it there, {_INSTEAD}.")
    return _IMAGE_TO_IMAGE[kind], {part: str(made_of[-1]) for part, made_of in parts.items()}


def _check_shards(folder: Path) -> None:
    """Refuse an index of weights that names files which would be unpickled."""
    for index in folder.glob("*/*.index.json"):
        places = read_config(index).get("weight_map")
        files = places.values() if isinstance(places, dict) else [None]
        # Pickled weights may lie beside the others, with an index of their own that nobody reads.
        if ".safetensors." in index.name and not all(
            str(file).endswith(".safetensors") for file in files
        ):
            raise WeightsCorrupt(f"{index} names files that are not safetensors.")


def _libraries() -> tuple[ModuleType, ModuleType]:
    import_torchvision()
    try:
        import diffusers  # noqa: PLC0415
        import transformers  # noqa: PLC0415
    except ImportError as error:
        raise WeightsMissing(
            f"Novel views need the package {error.name}. Run `pip install {error.name}`,"
            f" {_INSTEAD}."
        ) from error
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    return diffusers, transformers


def _text_encoder(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    """Load it here, because transformers draws a tensor that lacks, and tells only who asks."""
    model, loading = kind.from_pretrained(
        folder,
        local_files_only=True,
        use_safetensors=True,
        ignore_mismatched_sizes=True,  # refused below, by name
        dtype=dtype,
        output_loading_info=True,
    )
    wrong = [*loading["missing_keys"], *loading["mismatched_keys"]]
    if wrong:
        raise WeightsCorrupt(f"{folder}: missing or of another shape: {wrong[0]}.")
    return model


def _check_whole(pipeline: Any, folder: Path) -> None:
    """Refuse a pipeline with a tensor that no file had: diffusers leaves it without values."""
    for part, model in pipeline.components.items():
        if isinstance(model, torch.nn.Module):
            for name, tensor in model.named_parameters():
                if tensor.is_meta:
                    raise WeightsCorrupt(f"{folder / part}: {name} is missing.")
