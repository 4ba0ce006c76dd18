"""A tiny LLaVA, photos of noise, and records about them, made once."""

from pathlib import Path

import pytest
import torch

from rap_engine.generate.language_model.checkpoint import Checkpoint, load_checkpoint
from tests.models.llava import write_llava
from tests.unit.training.trainer.subjects import write_photos


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
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the records' paths are from."""
    folder = tmp_path_factory.mktemp("photos")
    write_photos(folder)
    return folder


@pytest.fixture
def checkpoint(llava: Path) -> Checkpoint:
    """A fresh base: what is put round one changes it."""
    return load_checkpoint(llava, "cpu", "none")
