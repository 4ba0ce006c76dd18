"""Loading a checkpoint: what is refused, and what the person is told."""

import importlib.util
import shutil
from pathlib import Path

import pytest
import torch

from rap_engine.errors import WeightsCorrupt, WeightsError, WeightsMissing
from rap_engine.generate.language_model import Budget, Decoding, LanguageModelGenerator
from rap_engine.generate.language_model.checkpoint import load_checkpoint
from tests.unit.generate.language_model.generators import checkpoint_of
from tests.unit.generate.language_model.pictures import asked, noise, pictured


def test_a_folder_is_loaded_as_profiles_do_it(llava: Path) -> None:
    generator = LanguageModelGenerator.load(
        "rap-llava-13b",
        llava,
        device="cpu",
        quantization="none",
        is_rap=True,
        boxes_are_padded=True,
        budget=Budget(context=2048, max_references=8, max_new_tokens=8, history_tokens=0),
        decoding=Decoding(temperature=0.0, top_p=1.0),
    )
    assert generator.name == "rap-llava-13b"
    assert generator.generate(asked("who is this?", pictured("Luna"), photo=noise(0))).text


def test_on_a_cpu_weights_are_float32_and_take_no_gradients(llava: Path) -> None:
    model = checkpoint_of(llava).model
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert not any(weight.requires_grad for weight in model.parameters())
    assert not model.training


@pytest.mark.parametrize("quantization", ["8bit", "4bit"])
def test_quantized_weights_need_a_gpu(quantization: str, llava: Path) -> None:
    assert quantization in ("8bit", "4bit")
    with pytest.raises(WeightsError, match="need an NVIDIA GPU"):
        load_checkpoint(llava, "cpu", "8bit" if quantization == "8bit" else "4bit")


@pytest.mark.skipif(
    importlib.util.find_spec("bitsandbytes") is not None, reason="bitsandbytes is installed"
)
def test_quantized_weights_need_a_library(llava: Path) -> None:
    with pytest.raises(WeightsError, match=r"scripts/setup models"):
        load_checkpoint(llava, "cuda", "4bit")


def test_a_folder_without_safetensors_is_refused(llava: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(llava, folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(WeightsMissing, match="safetensors"):
        load_checkpoint(folder, "cpu", "none")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_broken_file_is_refused(name: str, llava: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(llava, folder)
    (folder / name).write_bytes(b"{ garbage" * 10)
    with pytest.raises(WeightsCorrupt, match="cannot be loaded"):
        load_checkpoint(folder, "cpu", "none")


def test_code_in_the_folder_is_not_run(llava: Path, tmp_path: Path) -> None:
    folder = tmp_path / "with_code"
    shutil.copytree(llava, folder)
    config = folder / "config.json"
    config.write_text(
        config.read_text().replace(
            '"model_type": "llava"',
            '"auto_map": {"AutoConfig": "evil.Config"}, "model_type": "not_known"',
        )
    )
    (folder / "evil.py").write_text("raise SystemExit")
    with pytest.raises(WeightsCorrupt, match="cannot be loaded"):
        load_checkpoint(folder, "cpu", "none")
