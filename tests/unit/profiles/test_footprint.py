"""How much memory a profile will want."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from config import Settings
from rap_engine.checkpoints import WeightsStore
from rap_engine.checkpoints.store import RECORD
from rap_engine.checkpoints.torch_file import CheckpointUnreadable
from rap_engine.profiles import read_recipe
from rap_engine.profiles.footprint import GIB, WORKING_BYTES, Footprint, footprint_of
from rapbot.doctor import gpu
from tests.services import bare_settings


def _write(folder: Path, *shapes: tuple[int, ...]) -> None:
    folder.mkdir(parents=True)
    for number, shape in enumerate(shapes):
        save_file({"weight": np.zeros(shape, np.float16)}, folder / f"{number}.safetensors")
    (folder / RECORD).write_text("{}")


def test_what_ships_in_packages_fits_anywhere(tmp_path: Path) -> None:
    assert footprint_of(read_recipe("starter"), WeightsStore(tmp_path)) is None


def test_before_anything_is_fetched_the_recipe_estimates(tmp_path: Path) -> None:
    footprint = footprint_of(read_recipe("rap-llava"), WeightsStore(tmp_path))
    assert footprint is not None
    # 26.7 GB is what LLaVA-1.5-13B takes in half precision.
    assert footprint.on_gpu("none") - WORKING_BYTES == pytest.approx(26.7e9 + 1.2e9, rel=0.01)
    assert footprint.on_gpu("4bit") - WORKING_BYTES == pytest.approx(8e9 + 1.2e9, rel=0.01)


def test_fetched_weights_are_counted(tmp_path: Path) -> None:
    recipe, store = read_recipe("rap-phi3-v"), WeightsStore(tmp_path)
    yolo, text, clip, language = recipe.sources()
    for source in (yolo, text, clip):
        _write(store.ready(source), (10, 10))
    _write(store.ready(language), (1000, 100), (50,))
    assert footprint_of(recipe, store) == Footprint(language=100_050.0, perception=300.0)


def test_a_file_that_is_not_whole_is_told_as_such(tmp_path: Path) -> None:
    recipe, store = read_recipe("openai"), WeightsStore(tmp_path)
    folder = store.ready(next(recipe.sources()))
    _write(folder, (10, 10))
    (folder / "0.safetensors").write_bytes(b"\xff" * 8)
    with pytest.raises(CheckpointUnreadable):
        footprint_of(recipe, store)


def _finding(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    free_gib: float,
    torch: str = "2.13.0",
    **settings: str,
) -> gpu.Finding:
    card = gpu._Card("NVIDIA Test", int(free_gib * GIB), 80 * GIB) if free_gib else None
    monkeypatch.setattr(gpu, "_card", lambda _device: card)
    monkeypatch.setattr(gpu, "version", lambda _package: torch)
    chosen = bare_settings(tmp_path).model_copy(update={"profile": "rap-llava", **settings})
    return gpu.models_fit(Settings.model_validate(chosen.model_dump()))


def test_a_large_gpu_is_fine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    finding = _finding(monkeypatch, tmp_path, 40)
    assert finding.ok
    assert "NVIDIA Test, 40.0 GiB free; rap-llava wants about 28.0 GiB" in finding.says


@pytest.mark.parametrize(
    ("free_gib", "mend"),
    [(20, "RAPBOT_QUANTIZATION=8bit"), (12, "RAPBOT_QUANTIZATION=4bit"), (6, "smaller profile")],
)
def test_a_gpu_that_is_too_small_is_told_what_fits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free_gib: float, mend: str
) -> None:
    finding = _finding(monkeypatch, tmp_path, free_gib)
    assert not finding.ok
    assert mend in finding.mend


def test_a_torch_without_cuda_beside_a_gpu_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    finding = _finding(monkeypatch, tmp_path, 40, torch="2.13.0+cpu")
    assert not finding.ok
    assert "scripts/setup models" in finding.mend


def test_what_our_own_worker_holds_counts_as_room(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gpu, "running_system", lambda _data_dir: "one")
    finding = _finding(monkeypatch, tmp_path, 1)
    assert finding.ok
    assert "80.0 GiB in all" in finding.says


def test_a_quantization_that_was_chosen_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert _finding(monkeypatch, tmp_path, 12, quantization="4bit").ok


def test_without_a_gpu_the_machines_memory_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gpu.os, "sysconf", lambda name: 1 << (20 if "PAGES" in name else 13))
    finding = _finding(monkeypatch, tmp_path, 0)
    assert not finding.ok
    assert "wants about 54.0 of 8.0 GiB" in finding.says
