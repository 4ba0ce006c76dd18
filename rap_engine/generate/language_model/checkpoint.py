"""A model and its processor from a local folder: safetensors only, no code from the folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError

from config.settings import Quantization
from rap_engine import torch_runtime
from rap_engine.checkpoints.small_llava import register_tower
from rap_engine.errors import WeightsCorrupt, WeightsError, WeightsMissing

# Typed in parts only, and called as if it were not.
_library: Any = transformers
# What looks at pictures is small, and its errors are not averaged out by what comes after.
_NOT_QUANTIZED = ["lm_head", "vision_tower", "vision_model", "visual", "multi_modal_projector"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded model. `model` and `processor` are of whatever classes its files name."""

    model: Any
    processor: Any
    device: torch.device


@contextmanager
def computing() -> Iterator[None]:
    """Run a model: no gradients, and the device's memory error is ours.

    Raises:
        OutOfMemory: the device has no room for the block's work.
    """
    with torch.inference_mode(), torch_runtime.memory_guarded():
        yield


def load_checkpoint(folder: Path, device_name: str, quantization: Quantization) -> Checkpoint:
    """Load what a folder holds, in half precision on a GPU and in float32 on a CPU.

    Raises:
        WeightsMissing: the folder holds no safetensors.
        WeightsCorrupt: its files are broken, or of no known architecture.
        WeightsError: the quantization needs a GPU, or a library that is not installed.
        OutOfMemory: the device has no room for the weights.
    """
    device = torch_runtime.device_of(device_name)
    dtype = torch_runtime.precision_of(device)
    quantized = _quantization_of(quantization, device, dtype)
    if not any(folder.glob("*.safetensors")):
        raise WeightsMissing(f"{folder} holds no *.safetensors: nothing else is loaded.")
    torch_runtime.check_index(folder)
    register_tower()
    _library.utils.logging.disable_progress_bar()
    try:
        with torch_runtime.memory_guarded():
            processor = _library.AutoProcessor.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
            model = _library.AutoModelForImageTextToText.from_pretrained(
                folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=dtype,
                quantization_config=quantized,
                device_map=None if device.type == "cpu" else {"": device},
            )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise WeightsCorrupt(f"{folder} cannot be loaded: {error}") from error
    processor.tokenizer.padding_side = "left"
    # Whatever sampling the folder asks for: how an answer is decoded is the recipe's choice.
    model.generation_config = _library.GenerationConfig(
        eos_token_id=model.generation_config.eos_token_id,
        pad_token_id=_padding_of(processor.tokenizer),
    )
    return Checkpoint(model.eval().requires_grad_(False), processor, device)


def _quantization_of(quantization: Quantization, device: torch.device, dtype: torch.dtype) -> Any:
    if quantization == "none":
        return None
    if device.type != "cuda":
        raise WeightsError(
            f"{quantization} weights need an NVIDIA GPU, and the device is {device}."
            " Set RAPBOT_QUANTIZATION=none, or RAPBOT_DEVICE to a GPU."
        )
    if find_spec("bitsandbytes") is None:
        raise WeightsError(
            f"{quantization} weights need bitsandbytes. Run `scripts/setup models`,"
            " or set RAPBOT_QUANTIZATION=none."
        )
    if quantization == "8bit":
        return _library.BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=_NOT_QUANTIZED)
    return _library.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=dtype,
        llm_int8_skip_modules=_NOT_QUANTIZED,
    )


def _padding_of(tokenizer: Any) -> int:
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return int(tokenizer.pad_token_id)
