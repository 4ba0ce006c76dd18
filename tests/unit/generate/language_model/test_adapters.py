"""Adapters: put on, switched, taken off, refused."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from rap_engine.errors import BadAdapter, OutOfMemory
from rap_engine.generate.language_model.adapters import KEPT, AdapterRack
from rap_engine.generate.language_model.checkpoint import Checkpoint
from rap_engine.generate.language_model.features import FeatureInputs
from tests.models.llava import write_lora
from tests.unit.generate.language_model.generators import (
    around,
    checkpoint_of,
    first_logits,
    watched,
)
from tests.unit.generate.language_model.pictures import asked, noise, pictured

BISCUIT = pictured("Biscuit")
QUESTION = asked("what is Biscuit doing?", BISCUIT, photo=noise(0))


def _logits(checkpoint: Checkpoint) -> torch.Tensor:
    return first_logits(checkpoint, FeatureInputs(checkpoint), QUESTION)


@pytest.fixture
def base(llava: Path) -> Checkpoint:
    return checkpoint_of(llava)


def test_adapters_change_the_answer_and_leave_no_trace(base: Checkpoint, adapters: Path) -> None:
    rack = AdapterRack(base.model)
    seen = [_logits(base)]
    for name in ("one", "two", None, "one", "v1.projector", None):
        rack.use(adapters / name if name else None)
        assert rack.in_use == name
        seen.append(_logits(base))
    bare, one, two, bare_again, one_again, projector, bare_at_last = seen
    assert torch.equal(bare, bare_again)
    assert torch.equal(bare, bare_at_last)
    assert torch.equal(one, one_again)
    for changed in (one, two, projector):
        assert not torch.allclose(bare, changed, atol=1e-2)
    assert not torch.allclose(one, two, atol=1e-2)


def test_an_adapter_does_what_its_weights_say(base: Checkpoint, adapters: Path) -> None:
    path = "model.language_model.layers.1.mlp.down_proj"
    linear = base.model.get_submodule(path)
    read = torch.randn(3, linear.in_features, generator=torch.Generator().manual_seed(0))
    plain = linear(read)
    AdapterRack(base.model).use(adapters / "one")
    weights = load_file(adapters / "one" / "adapter_model.safetensors")
    down, up = (weights[f"base_model.model.{path}.lora_{part}.weight"] for part in "AB")
    torch.testing.assert_close(
        base.model.get_submodule(path)(read), plain + read @ down.T @ up.T, rtol=1e-4, atol=1e-4
    )


def test_a_projector_in_an_adapter_takes_the_place_of_the_bases(
    base: Checkpoint, adapters: Path
) -> None:
    rack = AdapterRack(base.model)
    rack.use(adapters / "v1.projector")
    weights = load_file(adapters / "v1.projector" / "adapter_model.safetensors")
    name = "model.multi_modal_projector.linear_2.bias"
    in_use = base.model.model.multi_modal_projector
    pixels = torch.zeros(1, 4, in_use.linear_1.in_features)
    with_adapter = in_use(pixels)
    assert f"base_model.model.{name}" in weights
    rack.use(None)
    assert not torch.allclose(with_adapter, in_use(pixels), atol=1e-2)


def test_a_few_stay_loaded_and_the_oldest_goes(
    base: Checkpoint, adapters: Path, tmp_path: Path
) -> None:
    rack = AdapterRack(base.model)
    copies = tmp_path / "adapters"
    shutil.copytree(adapters, copies)
    names = ("one", "two", "three", "four")
    assert len(names) == KEPT + 1
    for name in names:
        rack.use(copies / name)
    weights = [name for name, _ in base.model.named_parameters() if "lora_A" in name]
    layers = {name.partition(".lora_A")[0] for name in weights}
    assert len(weights) == KEPT * len(layers)
    four = _logits(base)
    rack.use(copies / "one")
    rack.use(copies / "four")
    assert torch.equal(_logits(base), four)


def test_an_adapter_that_was_written_anew_is_read_anew(
    base: Checkpoint, adapters: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "latest"
    shutil.copytree(adapters / "one", folder)
    rack = AdapterRack(base.model)
    rack.use(folder)
    before = _logits(base)
    shutil.copy(adapters / "two" / "adapter_model.safetensors", folder)
    rack.use(folder)
    assert not torch.allclose(before, _logits(base), atol=1e-2)


def test_a_generator_says_which_adapter_it_uses(llava: Path, adapters: Path) -> None:
    checkpoint = checkpoint_of(llava)
    generator = around(checkpoint)
    bare = generator.generate(QUESTION)
    assert generator.adapter is None
    generator.use_adapter(adapters / "v1.projector")
    assert generator.adapter == "v1.projector"
    assert generator.generate(QUESTION) != bare
    generator.use_adapter(None)
    assert generator.adapter is None
    assert generator.generate(QUESTION) == bare


def test_another_adapter_looks_at_references_anew(llava: Path, adapters: Path) -> None:
    checkpoint = checkpoint_of(llava)
    generator = around(checkpoint)
    with watched(checkpoint.model.model.vision_tower) as looks:
        generator.generate(QUESTION)
        generator.use_adapter(adapters / "v1.projector")
        generator.generate(QUESTION)
    assert looks.pictures == [2, 2]


@pytest.fixture
def spoilt(adapters: Path, tmp_path: Path) -> Path:
    """A copy of an adapter, to be spoilt."""
    folder = tmp_path / "spoilt"
    shutil.copytree(adapters / "one", folder)
    return folder


def _refused(base: Checkpoint, adapters: Path, folder: Path, reason: str) -> None:
    """Assert that an adapter is refused, with another one on and with none."""
    rack = AdapterRack(base.model)
    bare = _logits(base)
    with pytest.raises(BadAdapter, match=reason):
        rack.use(folder)
    assert rack.in_use is None
    assert torch.equal(_logits(base), bare)
    rack.use(adapters / "two")
    two = _logits(base)
    with pytest.raises(BadAdapter, match=reason):
        rack.use(folder)
    assert rack.in_use == "two"
    assert torch.equal(_logits(base), two)
    rack.use(None)
    assert torch.equal(_logits(base), bare)


def _configure(folder: Path, **changes: object) -> None:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def _rewrite(folder: Path, **changes: torch.Tensor) -> None:
    file = folder / "adapter_model.safetensors"
    save_file(load_file(file) | changes, file)


def test_a_folder_without_an_adapter_is_refused(
    base: Checkpoint, adapters: Path, tmp_path: Path
) -> None:
    _refused(base, adapters, tmp_path, "cannot be read")


def test_a_pickle_is_refused(base: Checkpoint, adapters: Path, spoilt: Path) -> None:
    (spoilt / "adapter_model.safetensors").rename(spoilt / "adapter_model.bin")
    _refused(base, adapters, spoilt, r"adapter_model\.safetensors")


def test_garbage_is_refused(base: Checkpoint, adapters: Path, spoilt: Path) -> None:
    (spoilt / "adapter_model.safetensors").write_bytes(b"garbage" * 100)
    _refused(base, adapters, spoilt, "cannot be read")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"peft_type": "IA3"}'])
def test_a_configuration_of_something_else_is_refused(
    text: str, base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    (spoilt / "adapter_config.json").write_text(text)
    _refused(base, adapters, spoilt, "cannot be read|not a LoRA adapter")


@pytest.mark.parametrize(
    "change",
    [
        {"use_dora": True},
        {"auto_mapping": {"parent_library": "os"}},
        {"layer_replication": [[0, 2]]},
        {"something_new": "yes"},
    ],
)
def test_what_is_not_plain_lora_is_refused(
    change: dict[str, object], base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    _configure(spoilt, **change)
    _refused(base, adapters, spoilt, f"uses {next(iter(change))}")


@pytest.mark.parametrize(
    "change", [{"r": 0}, {"r": "four"}, {"lora_alpha": None}, {"modules_to_save": "all"}]
)
def test_an_unusable_configuration_is_refused(
    change: dict[str, object], base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    _configure(spoilt, **change)
    _refused(base, adapters, spoilt, "adapter|config")


def test_a_rank_that_the_weights_do_not_have_is_refused(
    base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    _configure(spoilt, r=8)
    _refused(base, adapters, spoilt, "adapter|config")


def test_an_adapter_of_another_base_is_refused(
    base: Checkpoint, adapters: Path, phi: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "phi"
    write_lora(folder, phi, 0)
    weights = load_file(folder / "adapter_model.safetensors")
    save_file(
        {name.replace("o_proj", "qkv_proj"): weight for name, weight in weights.items()},
        folder / "adapter_model.safetensors",
    )
    _refused(base, adapters, folder, "the base does not have")


def test_weights_of_another_width_are_refused(
    base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    name = "base_model.model.model.language_model.layers.0.mlp.down_proj.lora_A.weight"
    _rewrite(spoilt, **{name: torch.zeros(4, 7)})
    _refused(base, adapters, spoilt, "not of this base")


def test_weights_for_a_layer_that_is_not_there_are_refused(
    base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    name = "base_model.model.model.language_model.layers.9.mlp.down_proj.lora_A.weight"
    _rewrite(spoilt, **{name: torch.zeros(4, 64)})
    _refused(base, adapters, spoilt, "the base does not have")


def test_a_layer_of_the_base_that_is_replaced_unsaid_is_refused(
    base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    _rewrite(spoilt, **{"base_model.model.lm_head.weight": torch.zeros(4, 32)})
    _refused(base, adapters, spoilt, "does not say it replaces")


def test_an_adapter_with_weights_left_out_is_refused(
    base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    file = spoilt / "adapter_model.safetensors"
    weights = load_file(file)
    save_file({name: weights[name] for name in sorted(weights)[:-1]}, file)
    _refused(base, adapters, spoilt, "not all there")


def test_an_adapter_of_nothing_is_refused(base: Checkpoint, adapters: Path, spoilt: Path) -> None:
    save_file({}, spoilt / "adapter_model.safetensors")
    _refused(base, adapters, spoilt, "not all there")


@pytest.mark.parametrize("others", [(), ("two",), ("two", None), ("two", "three")])
def test_what_is_on_stays_on_when_memory_runs_out(
    others: tuple[str | None, ...],
    base: Checkpoint,
    adapters: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rack = AdapterRack(base.model)
    for name in others:
        rack.use(adapters / name if name else None)
    in_use, before = rack.in_use, _logits(base)

    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError

    with monkeypatch.context() as patched:
        # No test can fill a GPU that it does not have.
        patched.setattr(
            "rap_engine.generate.language_model.adapters.set_peft_model_state_dict", full
        )
        with pytest.raises(OutOfMemory):
            rack.use(adapters / "one")
    assert rack.in_use == in_use
    assert torch.equal(_logits(base), before)
    rack.use(adapters / "one")
    assert not torch.allclose(_logits(base), before, atol=1e-2)


@pytest.mark.parametrize(
    ("replaced", "reason"),
    [
        ("lm_head", "has no weights for it"),
        ("o_proj", "has no weights for it"),
        ("model", "and adapts it too"),
        ("language_model", "has no weights for it"),
    ],
)
def test_a_replacement_that_is_not_there_or_is_adapted_is_refused(
    replaced: str, reason: str, base: Checkpoint, adapters: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "spoilt"
    shutil.copytree(adapters / "v1.projector", folder)
    _configure(folder, modules_to_save=["multi_modal_projector", replaced])
    _refused(base, adapters, folder, reason)


def test_a_replacement_inside_what_is_adapted_is_refused(
    base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    layer = "model.language_model.layers.0.self_attn.o_proj"
    weight = torch.zeros_like(base.model.get_submodule(layer).weight)
    _rewrite(spoilt, **{f"base_model.model.{layer}.weight": weight})
    _configure(spoilt, modules_to_save=["o_proj"])
    _refused(base, adapters, spoilt, "and adapts it too")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_numbers_are_refused(
    number: float, base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    name = "base_model.model.model.language_model.layers.0.mlp.down_proj.lora_A.weight"
    weight = load_file(spoilt / "adapter_model.safetensors")[name]
    weight[0, 1] = number
    _rewrite(spoilt, **{name: weight})
    _refused(base, adapters, spoilt, "numbers that are none")


@pytest.mark.parametrize("alpha", [float("nan"), float("inf")])
def test_a_scale_that_is_no_number_is_refused(
    alpha: float, base: Checkpoint, adapters: Path, spoilt: Path
) -> None:
    _configure(spoilt, lora_alpha=alpha)
    _refused(base, adapters, spoilt, "no usable configuration")


@pytest.mark.parametrize("others", [(), ("two",), ("v1.projector", None), ("two", "v1.projector")])
@pytest.mark.parametrize("replaced", ["lm_head", "o_proj", "model", "language_model"])
def test_what_fails_inside_peft_alone_is_refused_and_leaves_no_trace(
    replaced: str,
    others: tuple[str | None, ...],
    base: Checkpoint,
    adapters: Path,
    spoilt: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rack = AdapterRack(base.model)
    bare = _logits(base)
    for name in others:
        rack.use(adapters / name if name else None)
    in_use, before = rack.in_use, _logits(base)
    parameters = {name for name, _ in base.model.named_parameters()}
    _configure(spoilt, modules_to_save=[replaced])
    with monkeypatch.context() as patched:
        # No file is known that our own check lets through and PEFT does not.
        patched.setattr(
            "rap_engine.generate.language_model.adapter_files._check_replaced", lambda *_: None
        )
        with pytest.raises(BadAdapter, match="cannot be put round the base"):
            rack.use(spoilt)
    assert rack.in_use == in_use
    assert torch.equal(_logits(base), before)
    assert {name for name, _ in base.model.named_parameters()} == parameters
    rack.use(adapters / "one")
    assert not torch.allclose(_logits(base), before, atol=1e-2)
    rack.use(None)
    assert torch.equal(_logits(base), bare)
