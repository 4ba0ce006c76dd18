"""What learns and what does not, at which rate; and the adapter's files."""

from pathlib import Path

import pytest
import torch

from rap_engine.generate.language_model.adapter_files import read_adapter
from rap_engine.generate.language_model.checkpoint import Checkpoint, load_checkpoint
from rap_engine.training.errors import BadPlan
from rap_engine.training.plan import LoraPlan
from rap_engine.training.trainer import adapter
from tests.models.llava import write_llava
from tests.models.other_vision_models import write_qwen, write_smolvlm
from tests.unit.training.trainer.subjects import plan


def _kinds(names: object) -> set[str]:
    return {str(name).rpartition(".lora_")[0].rpartition(".")[2] for name in names}  # type: ignore[attr-defined]


def test_lora_is_round_the_language_model_alone(checkpoint: Checkpoint) -> None:
    model = adapter.put_round(checkpoint.model, plan(projector_learning_rate=0), seed=0)
    names = list(adapter.learning(model))
    assert all(".language_model." in name and ".lora_" in name for name in names)
    # Of two layers, seven linear ones each, two factors.
    assert len(names) == 2 * 7 * 2


def test_the_projector_learns_at_a_rate_of_its_own(checkpoint: Checkpoint) -> None:
    settings = plan(learning_rate=1e-4, projector_learning_rate=2e-5)
    model = adapter.put_round(checkpoint.model, settings, seed=0)
    groups = {group["lr"]: group["params"] for group in adapter.groups(model, settings)}
    projector = checkpoint.model.model.multi_modal_projector.modules_to_save["default"]
    assert {id(weight) for weight in groups[2e-5]} == {id(one) for one in projector.parameters()}
    assert len(groups[1e-4]) == 2 * 7 * 2


def test_only_the_layers_of_the_plan_are_adapted(checkpoint: Checkpoint) -> None:
    lora = LoraPlan(rank=4, layers=("q_proj", "down_proj"))
    model = adapter.put_round(checkpoint.model, plan(lora=lora, projector_learning_rate=0), seed=0)
    assert _kinds(adapter.learning(model)) == {"q_proj", "down_proj"}


def test_layers_that_an_architecture_makes_one_of_are_adapted_as_one(tmp_path: Path) -> None:
    write_llava(tmp_path, text="phi3")
    base = load_checkpoint(tmp_path, "cpu", "none").model
    model = adapter.put_round(base, plan(projector_learning_rate=0), seed=0)
    kinds = {"qkv_proj", "o_proj", "gate_up_proj", "down_proj"}
    assert _kinds(adapter.learning(model)) == kinds


def test_a_plan_with_layers_that_are_not_there_names_those_that_are(checkpoint: Checkpoint) -> None:
    with pytest.raises(BadPlan, match="gate_proj"):
        adapter.put_round(checkpoint.model, plan(lora=LoraPlan(layers=("wq",))), seed=0)


@pytest.mark.parametrize("write", [write_smolvlm, write_qwen])
def test_other_architectures_projectors_are_found(write: object, tmp_path: Path) -> None:
    write(tmp_path / "base")  # type: ignore[operator]
    base = load_checkpoint(tmp_path / "base", "cpu", "none").model
    model = adapter.put_round(base, plan(), seed=0)
    adapter.write_adapter(tmp_path / "adapter", model, adapter.weights_of(model))
    bare = load_checkpoint(tmp_path / "base", "cpu", "none").model
    assert read_adapter(tmp_path / "adapter", bare).config.modules_to_save


def test_in_training_nothing_but_the_language_model_drops_out(checkpoint: Checkpoint) -> None:
    model = adapter.put_round(checkpoint.model, plan(), seed=0)
    model.train()
    adapter.in_training(model)
    assert checkpoint.model.model.language_model.training
    assert not checkpoint.model.model.vision_tower.training
    assert not any(one.training for one in checkpoint.model.model.vision_tower.modules())


def test_a_written_adapter_is_whole_and_says_nothing_of_the_machine(
    checkpoint: Checkpoint, llava: Path, tmp_path: Path
) -> None:
    model = adapter.put_round(checkpoint.model, plan(), seed=0)
    folder = tmp_path / "adapter"
    for _ in range(2):
        adapter.write_adapter(folder, model, adapter.weights_of(model))
    assert {file.name for file in folder.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
    }
    assert [file.name for file in tmp_path.iterdir()] == ["adapter"]
    assert str(llava) not in (folder / "adapter_config.json").read_text()
    read = read_adapter(folder, load_checkpoint(llava, "cpu", "none").model)
    assert read.config.modules_to_save == ["multi_modal_projector"]
    assert (read.config.r, read.config.lora_alpha) == (4, 8)


def test_the_same_seed_gives_the_same_first_weights(llava: Path) -> None:
    first, again, other = (
        adapter.weights_of(
            adapter.put_round(load_checkpoint(llava, "cpu", "none").model, plan(), seed=seed)
        )
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def _written(folder: Path, llava: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    """Write an adapter that learned something, and return its weights."""
    model = adapter.put_round(load_checkpoint(llava, "cpu", "none").model, plan(), seed=0)
    for weight in adapter.learning(model).values():
        weight.data.add_(0.25)
    weights = adapter.weights_of(model)
    adapter.write_adapter(folder / "before", model, weights)
    return folder / "before", weights


def test_a_run_can_go_on_from_an_adapter(llava: Path, tmp_path: Path) -> None:
    before, weights = _written(tmp_path, llava)
    base = load_checkpoint(llava, "cpu", "none").model
    first = adapter.weights_of(adapter.put_round(base, plan(start_from=before), seed=1))
    assert first.keys() == weights.keys()
    assert all(torch.equal(first[name], weights[name]) for name in weights)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"lora": LoraPlan(rank=2, alpha=8)}, "another r."),
        ({"lora": LoraPlan(rank=4, alpha=16)}, "another lora_alpha."),
        ({"lora": LoraPlan(rank=4, alpha=8, layers=("q_proj",))}, "other layers"),
    ],
)
def test_an_adapter_of_another_form_is_not_gone_on_from(
    llava: Path, tmp_path: Path, other: dict[str, object], what: str
) -> None:
    before, _ = _written(tmp_path, llava)
    base = load_checkpoint(llava, "cpu", "none").model
    with pytest.raises(BadPlan, match=what):
        adapter.put_round(base, plan(start_from=before, **other), seed=0)


def test_a_folder_without_an_adapter_is_not_gone_on_from(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    with pytest.raises(BadPlan, match="no adapter"):
        adapter.put_round(checkpoint.model, plan(start_from=tmp_path), seed=0)


def test_a_projector_that_learns_nothing_more_stays_part_of_the_adapter(
    llava: Path, tmp_path: Path
) -> None:
    before, weights = _written(tmp_path, llava)
    base = load_checkpoint(llava, "cpu", "none").model
    settings = plan(start_from=before, projector_learning_rate=0)
    kept = adapter.weights_of(adapter.put_round(base, settings, seed=0))
    assert kept.keys() == weights.keys()
