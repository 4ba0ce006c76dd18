"""What every part on torch shares."""

import os
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from rap_engine import torch_runtime
from rap_engine.errors import OutOfMemory, WeightsCorrupt, WeightsMissing
from rap_engine.torch_runtime import (
    device_of,
    fill,
    import_torchvision,
    memory_guarded,
    precision_of,
    read_config,
    read_tensors,
)


def test_a_named_device_is_taken() -> None:
    assert device_of("cpu") == torch.device("cpu")
    assert device_of("cuda:1") == torch.device("cuda:1")


@pytest.mark.parametrize(("available", "device"), [(True, "cuda"), (False, "cpu")])
def test_auto_is_a_gpu_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, available: bool, device: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert device_of("auto") == torch.device(device)


@pytest.mark.parametrize(("modern", "precision"), [(True, torch.bfloat16), (False, torch.float16)])
def test_precision_is_half_on_a_gpu_and_full_on_a_cpu(
    monkeypatch: pytest.MonkeyPatch, modern: bool, precision: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: modern)
    assert precision_of(torch.device("cuda")) == precision
    assert precision_of(torch.device("cpu")) == torch.float32


def test_a_memory_error_becomes_ours_and_lets_go_of_what_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone: list[bool] = []
    tensors: list[weakref.ref[torch.Tensor]] = []

    def _work() -> None:
        activations = torch.ones(3)
        tensors.append(weakref.ref(activations))
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(torch_runtime, "release_memory", lambda: gone.append(tensors[0]() is None))
    with pytest.raises(OutOfMemory, match="no room"), memory_guarded():
        _work()
    assert gone == [True]


def test_other_errors_pass_the_memory_guard() -> None:
    with pytest.raises(ValueError, match="another"), memory_guarded():
        raise ValueError("another")


def test_torchvision_is_imported_beside_any_torch() -> None:
    import_torchvision()
    import_torchvision()
    import torchvision  # noqa: PLC0415

    assert torchvision.transforms.CenterCrop(2).size == (2, 2)


def _overlaps(boxes: torch.Tensor) -> torch.Tensor:
    """Return intersection over union of all pairs."""
    top_left = torch.maximum(boxes[:, None, :2], boxes[None, :, :2])
    bottom_right = torch.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = (bottom_right - top_left).clamp(min=0).prod(dim=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    return shared / (areas[:, None] + areas[None] - shared)


@pytest.mark.parametrize("threshold", [0.3, 0.7])
def test_suppression_keeps_the_surest_of_overlapping_boxes(threshold: float) -> None:
    random = torch.Generator().manual_seed(0)
    corners = torch.rand(200, 2, generator=random) * 60
    boxes = torch.cat([corners, corners + 5 + torch.rand(200, 2, generator=random) * 40], dim=1)
    scores = torch.rand(200, generator=random)
    import_torchvision()
    kept = torch.ops.torchvision.nms(boxes, scores, threshold)
    overlaps = _overlaps(boxes)
    assert scores[kept].tolist() == sorted(scores[kept].tolist(), reverse=True)
    assert (overlaps[kept][:, kept].fill_diagonal_(0) <= threshold).all()
    for dropped in set(range(200)) - set(kept.tolist()):
        surer = kept[scores[kept] >= scores[dropped]]
        assert (overlaps[dropped, surer] > threshold).any()


def test_our_own_suppression_agrees_with_the_operator_in_use() -> None:
    import_torchvision()
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [20, 20, 30, 30]])
    scores = torch.tensor([0.5, 0.9, 0.1])
    expected = [1, 2]
    assert torch_runtime._suppress(boxes, scores, 0.5).tolist() == expected
    assert torch.ops.torchvision.nms(boxes, scores, 0.5).tolist() == expected


def test_suppressing_nothing_keeps_nothing() -> None:
    import_torchvision()
    assert torch.ops.torchvision.nms(torch.empty(0, 4), torch.empty(0), 0.5).tolist() == []


def test_tensors_are_read_under_new_names_and_others_left_out(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    save_file({"a.x": torch.ones(1), "b.x": torch.zeros(2)}, file)
    read = read_tensors(file, lambda name: name[2:] if name.startswith("a.") else None)
    assert {name: tensor.tolist() for name, tensor in read.items()} == {"x": [1.0]}
    assert set(read_tensors(file)) == {"a.x", "b.x"}


def test_tensors_that_are_not_there_or_not_safe_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    with pytest.raises(WeightsMissing, match=r"model\.safetensors"):
        read_tensors(file)
    torch.save({"a": torch.ones(1)}, file)
    with pytest.raises(WeightsCorrupt, match=r"model\.safetensors"):
        read_tensors(file)


def test_a_module_is_filled_with_all_of_its_tensors_and_no_others(tmp_path: Path) -> None:
    module, file = torch.nn.Linear(2, 1), tmp_path / "model.safetensors"
    whole = {"weight": torch.ones(1, 2), "bias": torch.ones(1)}
    fill(module, whole, file)
    assert module.weight.tolist() == [[1.0, 1.0]]
    for wrong, says in (
        ({"weight": whole["weight"]}, "bias is missing, in the model of shape"),
        (whole | {"more": torch.ones(1)}, "more is of shape .*, in the model missing"),
        (whole | {"bias": torch.ones(3)}, r"bias is of shape \(3,\), in the model of shape \(1,\)"),
    ):
        with pytest.raises(WeightsCorrupt, match=says):
            fill(module, wrong, file)


@pytest.mark.parametrize("text", ["{", "[1]", "\ufeff"])
def test_what_is_no_description_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.json"
    with pytest.raises(WeightsMissing, match=r"config\.json"):
        read_config(file)
    file.write_text(text, "utf-8")
    with pytest.raises(WeightsCorrupt, match=r"config\.json"):
        read_config(file)


_IMPORTS = """
import os, socket, subprocess, cv2

def refuse(*given, **named):
    raise AssertionError(f"asked for {given}")

threads = cv2.getNumThreads()
socket.getaddrinfo = socket.socket.connect = refuse
subprocess.Popen.__init__ = refuse
import rap_engine.detect.yolo_world, rap_engine.encode.dinov2, rap_engine.encode.open_clip
import open_clip, transformers
assert cv2.getNumThreads() == threads
assert "OMP_NUM_THREADS" not in os.environ
"""


def test_importing_the_model_libraries_asks_nobody_and_leaves_threads_alone() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    subprocess.run([sys.executable, "-c", _IMPORTS], check=True, env=environment)
