"""Tokenizers, processors and chat templates of the architectures, with tiny models."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from tests.models.llava import write_llava
from tests.models.other_vision_models import write_onevision, write_qwen, write_smolvlm
from tests.unit.generate.language_model.generators import checkpoint_of
from tests.unit.injection.reading import TinyModel

_WRITERS: dict[str, Callable[[Path], None]] = {
    "llava": write_llava,
    "phi": partial(write_llava, text="phi3"),
    "smolvlm": write_smolvlm,
    "onevision": write_onevision,
    "qwen": write_qwen,
}


@pytest.fixture(scope="module", params=list(_WRITERS))
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TinyModel:
    """A model of each architecture; all tests of a module share it and leave it as it is."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp(request.param)
    _WRITERS[request.param](folder)
    return TinyModel(request.param, checkpoint_of(folder))
