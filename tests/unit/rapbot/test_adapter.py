"""Adapters by their names, which are folders of the weights folder."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from rapbot.cli import app
from rapbot.cli.adapter import NoSuchAdapter


def _adapter(data_dir: Path, name: str, *files: str) -> None:
    folder = data_dir / "weights" / "adapters" / name
    folder.mkdir(parents=True)
    for file in files:
        (folder / file).write_text("{}")


@pytest.mark.parametrize("name", ["nobody", "../first", "unfinished", "first/", ""])
def test_only_an_adapter_of_the_weights_folder_can_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("RAPBOT_DATA_DIR", str(tmp_path))
    _adapter(tmp_path, "first", "adapter_config.json", "adapter_model.safetensors")
    _adapter(tmp_path, "unfinished", "adapter_config.json", "adapter_model.bin")
    outcome = CliRunner().invoke(app, ["adapter", "use", name])
    assert isinstance(outcome.exception, NoSuchAdapter)
    assert "there are: first." in str(outcome.exception)
    assert not (tmp_path / "postgres").exists()


def test_a_weights_folder_without_adapters_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RAPBOT_DATA_DIR", str(tmp_path))
    outcome = CliRunner().invoke(app, ["adapter", "use", "first"])
    assert "there are: none." in str(outcome.exception)
