"""What every part on torch shares: device, precision, imports, weights, memory errors."""

import gc
import importlib.machinery
import json
import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Read by the libraries at import. A job never downloads: weights are fetched ahead.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("YOLO_OFFLINE", "true")
os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_VERBOSE", "false")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
from safetensors import SafetensorError, safe_open

from config.logs import get_logger
from rap_engine.errors import OutOfMemory, WeightsCorrupt, WeightsMissing

_log = get_logger(__name__)
# torchvision describes these two to torch at import, whether they are there or not.
_DESCRIBED_AT_IMPORT = ("nms", "qnms")
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_library: torch.library.Library | None = None


def device_of(wanted: str) -> torch.device:
    """Return the device that a setting names; `auto` is the first GPU, or else the CPU."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(wanted)


def precision_of(device: torch.device) -> torch.dtype:
    """Return the number format of inference: half precision on a GPU, float32 on a CPU."""
    if device.type == "cpu":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


@contextmanager
def memory_guarded() -> Iterator[None]:
    """Turn the device's memory error into ours, once its caches are freed.

    Raises:
        OutOfMemory: the block needed more than there is.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        # The frames of the work that failed hold its tensors for as long as the error is known.
        traceback.clear_frames(error.__traceback__)
        release_memory()
        raise OutOfMemory(str(error)) from error


def release_memory() -> None:
    """Give unused memory back to the device."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def read_config(file: Path) -> dict[str, Any]:
    """Read a model's description, a JSON object.

    Raises:
        WeightsMissing: there is no such file.
        WeightsCorrupt: it is not a JSON object.
    """
    _require(file)
    try:
        config = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise WeightsCorrupt(f"{file}: {error}") from error
    if not isinstance(config, dict):
        raise WeightsCorrupt(f"{file} is not a JSON object.")
    return config


def check_index(folder: Path) -> None:
    """Check that a folder's index of weights, if any, has safetensors: others are unpickled.

    Raises:
        WeightsCorrupt: it names another file, or is no index.
    """
    index = folder / "model.safetensors.index.json"
    places = read_config(index).get("weight_map") if index.is_file() else {}
    files = places.values() if isinstance(places, dict) else [None]
    if not all(isinstance(file, str) and file.endswith(".safetensors") for file in files):
        raise WeightsCorrupt(f"{index} names files that are not safetensors.")


def read_tensors(file: Path, name_of: Callable[[str], str | None] = str) -> dict[str, torch.Tensor]:
    """Read a safetensors file.

    Args:
        file: which.
        name_of: says how a tensor is called here; None leaves it out, and unread.

    Raises:
        WeightsMissing: there is no such file.
        WeightsCorrupt: it is not a safetensors file, or is cut off.
    """
    _require(file)
    try:
        with safe_open(file, framework="pt") as opened:
            names = {name: name_of(name) for name in opened.keys()}  # noqa: SIM118  no mapping
            return {new: opened.get_tensor(old) for old, new in names.items() if new is not None}
    except SafetensorError as error:
        raise WeightsCorrupt(f"{file}: {error}") from error


def _require(file: Path) -> None:
    if not file.is_file():
        raise WeightsMissing(f"{file} is missing. Fetch the profile's weights again.")


def fill(module: torch.nn.Module, tensors: Mapping[str, torch.Tensor], file: Path) -> None:
    """Put tensors into a module: all of its, and no others.

    Raises:
        WeightsCorrupt: a tensor is missing, left over or of another shape; names it.
    """
    wanted = {name: tensor.shape for name, tensor in module.state_dict().items()}
    found = {name: tensor.shape for name, tensor in tensors.items()}
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            raise WeightsCorrupt(
                f"{file}: {name} is {_shape(found.get(name))},"
                f" in the model {_shape(wanted.get(name))}."
            )
    module.load_state_dict(tensors)


def _shape(shape: torch.Size | None) -> str:
    return "missing" if shape is None else f"of shape {tuple(shape)}"


def import_torchvision() -> None:
    """Make `import torchvision` work beside a CPU-only torch, whatever build torchvision is.

    The registry's torchvision is built for CUDA; beside a CPU-only torch its operators do not load
    and its import fails for want of `torchvision::nms`. Declared first, with an implementation in
    Python, that is found, as `torch.ops.torchvision.nms`; `torchvision.ops.nms` refuses all the
    same. Where the native library loads, nothing is done.
    """
    global _library  # noqa: PLW0603  an operator lives as long as the library object that made it
    if _library is not None or _native_operators_load():
        return
    _library = torch.library.Library("torchvision", "DEF")
    for operator in _DESCRIBED_AT_IMPORT:
        _library.define(operator + _SIGNATURE)
    _library.impl("nms", _suppress, "CompositeExplicitAutograd")
    _log.info("torchvision_without_native_operators", nms="python")


def _native_operators_load() -> bool:
    spec = importlib.machinery.PathFinder.find_spec("torchvision")
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    native = importlib.machinery.PathFinder.find_spec("_C", folders)
    if native is None or native.origin is None:
        return False
    try:
        torch.ops.load_library(native.origin)
    except OSError:
        return False
    return hasattr(torch.ops.torchvision, "nms")


def _suppress(dets: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Non-maximum suppression: indices of kept boxes, surest first.

    Args:
        dets: (boxes, 4), x1 y1 x2 y2.
        scores: (boxes,).
        iou_threshold: a box that overlaps a surer one by more is dropped.
    """
    order = scores.argsort(descending=True, stable=True)
    areas = (dets[:, 2] - dets[:, 0]) * (dets[:, 3] - dets[:, 1])
    kept: list[int] = []
    while order.numel():
        best = order[0]
        kept.append(int(best))
        rest = order[1:]
        top_left = torch.maximum(dets[best, :2], dets[rest, :2])
        bottom_right = torch.minimum(dets[best, 2:], dets[rest, 2:])
        shared = (bottom_right - top_left).clamp(min=0).prod(dim=1)
        order = rest[shared / (areas[best] + areas[rest] - shared) <= iou_threshold]
    return torch.tensor(kept, dtype=torch.int64, device=dets.device)
