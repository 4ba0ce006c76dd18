"""Tiny models of random weights, written once."""

from pathlib import Path

import pytest
import torch

from rap_engine.generate.language_model import LanguageModelGenerator
from tests.models.llava import write_llava, write_lora
from tests.models.other_vision_models import write_onevision, write_qwen, write_smolvlm
from tests.unit.generate.language_model.generators import load


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LLaVA on Llama, with the template `v1`."""
    folder = tmp_path_factory.mktemp("llava")
    write_llava(folder)
    return folder


@pytest.fixture(scope="session")
def phi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LLaVA on Phi-3."""
    folder = tmp_path_factory.mktemp("phi")
    write_llava(folder, text="phi3")
    return folder


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Other architectures, each with a template of its own."""
    writers = {"smolvlm": write_smolvlm, "onevision": write_onevision, "qwen": write_qwen}
    folders = {name: tmp_path_factory.mktemp(name) for name in writers}
    for name, write in writers.items():
        write(folders[name])
    return folders


@pytest.fixture(scope="session")
def adapters(llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of adapters of `llava`: four plain ones, and one with a projector."""
    root = tmp_path_factory.mktemp("adapters")
    for seed, name in enumerate(("one", "two", "three", "four")):
        write_lora(root / name, llava, seed)
    write_lora(root / "v1.projector", llava, 9, with_projector=True)
    return root


@pytest.fixture(scope="session")
def shared(llava: Path) -> LanguageModelGenerator:
    """A generator of `llava`; whoever changes its adapter loads another."""
    return load(llava)


@pytest.fixture
def generator(llava: Path) -> LanguageModelGenerator:
    """A generator of `llava` with nothing done to it yet."""
    return load(llava)
