"""A bomb for each test, and before any test module: torchvision as the program imports it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from rap_engine.torch_runtime import import_torchvision
from tests.unit.supply.bombs import FORMS, Bomb

import_torchvision()


@pytest.fixture(params=FORMS, scope="session")
def form(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def bomb(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """What a hostile file holds; at the end of the test it must not have gone off.

    Nor may torch have tried: what it refuses of a pickle is its own choice of today.
    """
    marker, tried = tmp_path / "went-off", []
    load = torch.load

    def watched(*arguments: Any, **options: Any) -> Any:
        tried.append(arguments[0])
        return load(*arguments, **options)

    monkeypatch.setattr(torch, "load", watched)
    yield FORMS[form](Bomb(marker))
    assert not marker.exists(), "the file was unpickled"
    assert tried == [], "torch tried to unpickle a file"
