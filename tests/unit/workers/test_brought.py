"""An adapter that somebody brings is looked at first."""

import json
from pathlib import Path

import pytest

from rap_engine.errors import BadAdapter
from workers.runs.brought import check_adapter

HEADER = {"__metadata__": {}, "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}


def _weights(header: object = HEADER, data: bytes = b"1234") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    folder = tmp_path / "brought"
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    (folder / "adapter_model.safetensors").write_bytes(_weights())
    (folder / "optimizer.pt").write_bytes(b"large")
    return folder


@pytest.mark.parametrize("file", ["adapter_config.json", "adapter_model.safetensors"])
def test_a_file_that_lacks_is_named(brought: Path, file: str) -> None:
    (brought / file).unlink()
    with pytest.raises(BadAdapter, match=file):
        check_adapter(brought)


@pytest.mark.parametrize("config", ["", "[]", '{"peft_type": "IA3"}', "\x00"])
def test_a_configuration_of_something_else_is_refused(brought: Path, config: str) -> None:
    (brought / "adapter_config.json").write_text(config)
    with pytest.raises(BadAdapter, match="not the configuration of a LoRA adapter"):
        check_adapter(brought)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        (b"", "not safetensors"),
        (b"PK\x03\x04 a pickle in a zip file", "not safetensors"),
        (_weights([]), "not safetensors"),
        (_weights({"w": {"shape": [1]}}), "not safetensors"),
        (_weights({"w": 3}), "not safetensors"),
        (_weights({}, b""), "holds no weights"),
        (_weights(data=b"123"), "cut off"),
        (_weights(data=b"12345"), "cut off"),
    ],
)
def test_weights_that_are_none_or_cut_off_are_refused(
    brought: Path, weights: bytes, reason: str
) -> None:
    (brought / "adapter_model.safetensors").write_bytes(weights)
    with pytest.raises(BadAdapter, match=reason):
        check_adapter(brought)
