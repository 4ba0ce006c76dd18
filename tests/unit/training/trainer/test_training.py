"""Runs on a tiny LLaVA of random weights: what they change, what they leave, what they write."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rap_engine.errors import WeightsMissing
from rap_engine.generate.language_model.checkpoint import Checkpoint, load_checkpoint
from rap_engine.training.errors import BadPlan, RunCancelled, TrainingError
from rap_engine.training.progress import Progress
from rap_engine.training.records import Record
from rap_engine.training.trainer import loop, preparing
from rap_engine.training.trainer.examples import Example
from rap_engine.training.trainer.lessons import LessonWriter
from rap_engine.training.trainer.metrics import read_metrics
from rap_engine.training.trainer.order import hold_out
from rap_engine.training.trainer.results import Trained
from rap_engine.training.trainer.sights import sight_for
from rap_engine.training.trainer.stored import photo_number
from rap_engine.training.trainer.teaching import Teacher
from rap_engine.training.trainer.train import train
from tests.models.other_vision_models import write_qwen, write_smolvlm
from tests.unit.generate.language_model.generators import load
from tests.unit.generate.language_model.pictures import asked, noise, pictured
from tests.unit.training.trainer.subjects import BO, LUNA, PHOTOS, PIP, plan, record, records


def _losses(folder: Path) -> list[float]:
    return [each.loss for each in read_metrics(folder / "metrics.jsonl") if each.loss is not None]


@pytest.fixture(scope="module")
def told() -> list[Progress]:
    """What the run of `trained` told."""
    return []


@pytest.fixture(scope="module")
def trained(
    llava: Path, photos: Path, told: list[Progress], tmp_path_factory: pytest.TempPathFactory
) -> Trained:
    """A run of twelve steps with a projector, and records held out."""
    settings = plan(most_steps=12, held_out=0.2, evaluate_every=6, gradient_checkpointing=True)
    folder = tmp_path_factory.mktemp("run")
    return train(
        llava, records(), settings, folder, photos=photos, device="cpu", progress=told.append
    )


def test_steps_lower_the_loss(trained: Trained) -> None:
    losses = _losses(trained.adapter.parent)
    assert len(losses) == trained.steps == 12
    assert sum(losses[-3:]) < sum(losses[:3]) * 0.8


def test_the_adapter_changes_what_the_generator_says(trained: Trained, llava: Path) -> None:
    generator = load(llava)
    request = asked("Is Bo in this image?", pictured("Bo"), photo=noise(1))
    before = generator.generate(request).text
    generator.use_adapter(trained.adapter)
    adapted = generator.generate(request).text
    assert adapted != before
    generator.use_adapter(None)
    assert generator.generate(request).text == before


def test_only_the_adapter_learns(
    llava: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[tuple[Any, dict[str, torch.Tensor]]] = []

    def load_and_note(*given: Any) -> Checkpoint:
        checkpoint = load_checkpoint(*given)
        state = checkpoint.model.state_dict().items()
        loaded.append((checkpoint.model, {name: weight.clone() for name, weight in state}))
        return checkpoint

    monkeypatch.setattr(preparing, "load_checkpoint", load_and_note)
    train(llava, records(), plan(), tmp_path, photos=photos, device="cpu")
    ((model, before),) = loaded
    after = {
        name.replace(".base_layer", "").replace(".original_module", ""): weight
        for name, weight in model.state_dict().items()
    }
    assert sum("vision_tower" in name for name in before) > 10
    assert all(torch.equal(after[name], weight) for name, weight in before.items())
    projector = model.model.multi_modal_projector
    learned = projector.modules_to_save["default"].linear_1.weight
    assert not torch.equal(learned, projector.original_module.linear_1.weight)


def test_progress_is_told_after_each_step(trained: Trained, told: list[Progress]) -> None:
    steps = [each for each in told if each.step]
    assert [each.step for each in steps] == list(range(1, 13))
    assert {each.steps for each in steps} == {12}
    assert {each.stage for each in told} == {"training"}
    assert [each.loss for each in steps] == _losses(trained.adapter.parent)
    assert all(each.seconds_left is not None and each.seconds_left >= 0 for each in steps)
    assert steps[-1].seconds_left == 0
    assert {each.micro_batch for each in steps} == {4}


def test_the_folder_says_what_the_run_was(trained: Trained) -> None:
    folder = trained.adapter.parent
    settings, data, made_with = (
        json.loads((folder / f"{name}.json").read_text())
        for name in ("trainer", "data", "environment")
    )
    assert settings["lora"]["rank"] == 4
    assert len(data["sha256"]) == 64
    assert data["counts"] == {
        "records": 12,
        "used": 12,
        "shortened": 0,
        "too_long": 0,
        "missing_pictures": 0,
        "says_nothing": 0,
    }
    assert made_with["packages"]["torch"] == torch.__version__
    assert made_with["code"]
    assert (made_with["device"], made_with["seed"], made_with["ranks"]) == ("cpu", 0, 1)
    assert (folder / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_tensorboard_reads_the_losses(trained: Trained) -> None:
    events = EventAccumulator(str(trained.adapter.parent / "tensorboard")).Reload()
    losses = [each.value for each in events.Scalars("loss")]
    assert losses == pytest.approx(_losses(trained.adapter.parent))
    assert [each.step for each in events.Scalars("held_out_loss")] == [6, 12]


def test_the_rates_rise_and_fall_as_a_cosine(trained: Trained) -> None:
    metrics = read_metrics(trained.adapter.parent / "metrics.jsonl")
    rates = [each.learning_rate for each in metrics if each.learning_rate is not None]
    assert max(rates) <= 5e-3
    assert rates[1:] == sorted(rates[1:], reverse=True)
    assert rates[-1] < max(rates) / 20


def test_the_held_out_loss_is_of_what_is_held_out(
    checkpoint: Checkpoint, llava: Path, photos: Path, tmp_path: Path
) -> None:
    chosen = records()[:PHOTOS]
    _, held_out = hold_out([photo_number(each) for each in chosen], 0.25, seed=0)
    assert len(held_out) == 2
    # The rate is next to nothing, so the loss is the base's.
    settings = plan(held_out=0.25, most_steps=2, learning_rate=1e-12, projector_learning_rate=0)
    result = train(llava, chosen, settings, tmp_path, photos=photos, device="cpu")
    sight = sight_for(checkpoint, photos)
    writer = LessonWriter(checkpoint, sight.tokens)
    examples = [
        Example(writer.write(one), tuple(sight.look(path) for path in (one.image, BO.crop)))
        for one in (chosen[at] for at in held_out)
        if one.image is not None
    ]
    loss = Teacher(checkpoint.model, sight, 0, "float32").measure(examples, micro_batch=2)
    learned = sum(each.lesson.learned for each in examples)
    assert result.held_out_loss == pytest.approx(float(loss) / learned, rel=1e-4)


def test_a_rate_of_nothing_leaves_the_projector_out(
    llava: Path, photos: Path, tmp_path: Path
) -> None:
    settings = plan(projector_learning_rate=0, most_steps=1)
    result = train(llava, records(), settings, tmp_path, photos=photos, device="cpu")
    names = load_file(result.adapter / "adapter_model.safetensors").keys()
    assert not any("projector" in name for name in names)
    load(llava).use_adapter(result.adapter)


def test_kept_features_train_as_pixels_do(llava: Path, photos: Path, tmp_path: Path) -> None:
    losses = []
    for keeps in (False, True):
        folder = tmp_path / str(keeps)
        settings = plan(keep_vision_features=keeps)
        train(llava, records(), settings, folder, photos=photos, device="cpu")
        losses.append(_losses(folder))
    assert losses[1] == pytest.approx(losses[0], rel=5e-3)


def test_records_that_cannot_be_used_are_counted(llava: Path, photos: Path, tmp_path: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"not a photo")
    long = record("What is a corgi?", "A dog. " * 400, image=None)
    noisy = record("Is Bo here?", "Yes. " * 30, references=(BO, LUNA, PIP))
    chosen = [
        *records()[:4],
        record("Who?", "Bo.", image="nowhere.jpg"),
        record("Who?", "Bo.", image="broken.jpg"),
        long,
        noisy,
    ]
    settings = plan(most_tokens=180, most_steps=2, batch=8, keep_vision_features=True)
    result = train(llava, chosen, settings, tmp_path, photos=photos, device="cpu")
    counts = result.counts
    assert (counts.records, counts.used) == (8, 6)
    assert (counts.shortened, counts.too_long, counts.missing_pictures) == (1, 1, 1)
    assert result.unreadable == 2


def test_without_a_record_that_can_be_used_there_is_no_run(
    llava: Path, photos: Path, tmp_path: Path
) -> None:
    chosen: Sequence[Record] = [record("Who?", "Bo.", image="nowhere.jpg")]
    with pytest.raises(TrainingError, match="None of 1 records"):
        train(llava, chosen, plan(), tmp_path, photos=photos, device="cpu")


def test_a_base_that_is_not_there_is_said(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing):
        train(tmp_path / "no", records(), plan(), tmp_path / "run", photos=photos, device="cpu")


def test_the_run_ends_when_the_held_out_loss_falls_no_more(
    llava: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([5.0, 3.0, 4.0, 3.5, 1.0])

    def evaluate(self: loop.LessonTrainer) -> dict[str, float]:
        metrics = {loop.HELD_OUT: next(losses)}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    monkeypatch.setattr(loop.LessonTrainer, "evaluate", lambda self, **_: evaluate(self))
    settings = plan(held_out=0.2, patience=2, evaluate_every=1, most_steps=9, checkpoint_every=2)
    result = train(llava, records(), settings, tmp_path / "run", photos=photos, device="cpu")
    assert result.steps == 4
    assert result.held_out_loss == 3.0
    kept = load_file(result.adapter / "adapter_model.safetensors")
    two = train(llava, records(), settings, tmp_path / "run", photos=photos, device="cpu")
    assert two.steps == 4
    # The weights of step 2 were kept, not those of step 4.
    last = load_file(tmp_path / "run" / "checkpoints" / "checkpoint-4" / "learned.safetensors")
    before = load_file(tmp_path / "run" / "checkpoints" / "checkpoint-2" / "learned.safetensors")
    name = next(name for name in kept if name.endswith("lora_B.weight"))
    longer = name.replace(".weight", ".default.weight")
    assert torch.equal(kept[name], before[longer])
    assert not torch.equal(kept[name], last[longer])


@pytest.mark.parametrize("after", [0, 3])
def test_a_cancelled_run_ends_after_its_step_and_keeps_it(
    after: int, llava: Path, photos: Path, tmp_path: Path
) -> None:
    told: list[Progress] = []

    def wants_stop() -> bool:
        return bool(told) and told[-1].step >= after

    with pytest.raises(RunCancelled):
        train(
            llava,
            records(),
            plan(checkpoint_every=100),
            tmp_path,
            photos=photos,
            device="cpu",
            progress=told.append,
            should_stop=wants_stop,
        )
    assert told[-1].step == after
    kept = [each.name for each in (tmp_path / "checkpoints").glob("checkpoint-*")]
    assert kept == ([f"checkpoint-{after}"] if after else [])
    assert not (tmp_path / "adapter").exists()


def test_a_plan_for_layers_that_the_base_lacks_is_refused(
    llava: Path, photos: Path, tmp_path: Path
) -> None:
    settings = plan(lora={"layers": ("wq",)})
    with pytest.raises(BadPlan, match=r"lora\.layers"):
        train(llava, records(), settings, tmp_path, photos=photos, device="cpu")


def test_a_loss_that_is_no_number_ends_the_run_before_it_reaches_the_weights(
    llava: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Teacher.loss_sum

    def broken(self: Teacher, examples: Sequence[Example]) -> torch.Tensor:
        broken_at.append(len(examples))
        return real(self, examples) * (float("nan") if len(broken_at) == 4 else 1.0)

    broken_at: list[int] = []
    monkeypatch.setattr(Teacher, "loss_sum", broken)
    with pytest.raises(TrainingError, match="step 4 is no number"):
        train(llava, records(), plan(), tmp_path, photos=photos, device="cpu")
    (newest,) = (tmp_path / "checkpoints").glob("checkpoint-*")
    weights = load_file(newest / "learned.safetensors").values()
    assert all(torch.isfinite(weight).all() for weight in weights)


@pytest.mark.parametrize("write", [write_smolvlm, write_qwen])
def test_other_architectures_are_trained_too(write: Any, photos: Path, tmp_path: Path) -> None:
    write(tmp_path / "base")
    settings = plan(most_steps=2, batch=6, micro_batch=3, gradient_checkpointing=True)
    result = train(
        tmp_path / "base", records()[5:], settings, tmp_path / "run", photos=photos, device="cpu"
    )
    assert result.steps == 2
    load(tmp_path / "base", is_rap=True).use_adapter(result.adapter)
