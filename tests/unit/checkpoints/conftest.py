"""Before any test module imports transformers."""

import pytest
import torch

from rap_engine.torch_runtime import import_torchvision

import_torchvision()


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
